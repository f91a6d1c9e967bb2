// Inputs while they are edited.

import type { Signature } from "../../src/browser.ts";
import { tensor } from "../../src/tensors.ts";
import { test } from "../../src/testing/test.ts";
import { fieldOf, plainText, tensorsOf } from "./fields.ts";

const SPEC = { name: "x", dtype: "float32", shape: [-1n, 2n], unknownRank: false };
const SIGNATURE: Signature = { name: "serving_default", inputs: [SPEC], outputs: [] };

test("a field has a tensor, or what is wrong in the loader's words", (assert) => {
  const field = fieldOf("[[1, 2]]", SPEC, SIGNATURE);
  assert.deepEqual(field.tensor, tensor("float32", [1, 2], [1, 2]));
  assert.equal(
    fieldOf("[[1, 2, 3]]", SPEC, SIGNATURE).error,
    "input 'x': got float32 [1,3], signature 'serving_default' wants float32 [?,2]; reshape it",
  );
});

test("there is nothing to run while a field is wrong", (assert) => {
  const [right, wrong] = ["1, 2", "1"].map((text) => fieldOf(text, SPEC, SIGNATURE));
  assert.deepEqual(Object.keys(tensorsOf({ x: right ?? { text: "" } }) ?? {}), ["x"]);
  assert.equal(tensorsOf({ x: right ?? { text: "" }, y: wrong ?? { text: "" } }), undefined);
});

test("without a case there are zeros to begin with", (assert) => {
  const text = (dtype: string, ...shape: bigint[]) => plainText({ ...SPEC, dtype, shape });
  assert.equal(text("float32", -1n, 2n), "[[0, 0]]");
  assert.equal(text("int64", -1n, -1n), "[[0]]");
  assert.equal(text("string", -1n), '[""]');
  assert.equal(text("bool"), "false");
  assert.equal(text("complex64", -1n), "");
});
