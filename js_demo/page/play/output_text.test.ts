// The beginning of an output.

import { tensor } from "../../src/tensors.ts";
import { test } from "../../src/testing/test.ts";
import { outputText } from "./output_text.ts";

test("each row has a line", (assert) => {
  const { text, left } = outputText(tensor("float32", [2, 2], [0.1, 2, -3, NaN]));
  assert.deepEqual([text, left], ["0.1  2\n-3  NaN", 0]);
});

test("strings, bools, scalars and nothing are written too", (assert) => {
  const texts = [
    tensor("string", [2], ["a b", 'c"']),
    tensor("bool", [2], [true, false]),
    tensor("int64", [], [2n ** 60n]),
    tensor("float32", [0], []),
  ].map((value) => outputText(value).text);
  assert.deepEqual(texts, ['"a b"  "c\\""', "true  false", "1152921504606846976", ""]);
});

test("of a large output only the beginning is written", (assert) => {
  const { text, left } = outputText(tensor("float32", [10, 10], Array(100).fill(1)));
  assert.deepEqual([text.split("\n").length, left], [6, 40]);
});
