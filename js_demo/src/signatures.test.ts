import type { Signature } from "./contract/generated.ts";
import { InputDtypeError, InputNameError, InputShapeError } from "./errors.ts";
import { checkInputs } from "./signatures.ts";
import { type Tensor, tensor } from "./tensors.ts";
import { test } from "./testing/test.ts";

const SIGNATURE: Signature = {
  name: "serving_default",
  inputs: [
    { name: "any", dtype: "int32", shape: [], unknownRank: true },
    { name: "x", dtype: "float32", shape: [-1n, 2n], unknownRank: false },
  ],
  outputs: [],
};
const ANY = tensor("int32", [1, 1, 1], [7]);
const X = tensor("float32", [1, 2], [0, 1]);

test("inputs of the signature are taken, with dimensions of 0 as well", (assert) => {
  assert.equal(checkInputs({ any: ANY, x: X }, SIGNATURE), undefined);
  assert.equal(checkInputs({ any: ANY, x: tensor("float32", [0, 2], []) }, SIGNATURE), undefined);
});

test("a missing input is named", (assert) =>
  assert.throws(
    () => checkInputs({ any: ANY }, SIGNATURE),
    new InputNameError("input 'x': missing; signature 'serving_default' wants [any,x]"),
  ));

test("an unknown input is named", (assert) =>
  assert.throws(() => checkInputs({ any: ANY, x: X, z: X }, SIGNATURE), InputNameError));

test("another dtype is refused, never cast", (assert) =>
  assert.throws(
    () => checkInputs({ any: ANY, x: tensor("float64", [1, 2], [0, 1]) }, SIGNATURE),
    new InputDtypeError(
      "input 'x': got float64 [1,2], signature 'serving_default' wants float32 [?,2]; convert it to float32",
    ),
  ));

test("another shape is refused", (assert) => {
  for (const shape of [[2], [1, 1, 2], [2, 1]]) {
    assert.throws(
      () => checkInputs({ any: ANY, x: tensor("float32", shape, [0, 1]) }, SIGNATURE),
      InputShapeError,
    );
  }
});

test("data that is not of its shape's size is refused", (assert) =>
  assert.throws(
    () => checkInputs({ any: ANY, x: { ...X, data: Float32Array.of(1) } }, SIGNATURE),
    InputShapeError,
  ));

test("values in an array of another type are refused", (assert) => {
  const wants = (dtype: string): Signature => ({
    name: "serving_default",
    inputs: [{ name: "x", dtype, shape: [1n], unknownRank: false }],
    outputs: [],
  });
  for (const [dtype, data] of [
    ["float16", Float32Array.of(1)],
    ["float32", Float64Array.of(1)],
    ["int64", Int32Array.of(1)],
    ["string", Uint8Array.of(1)],
    ["bool", [1]],
  ] as const) {
    const x = { dtype, shape: [1], data } as unknown as Tensor;
    assert.throws(() => checkInputs({ x }, wants(dtype)), InputDtypeError);
  }
});
