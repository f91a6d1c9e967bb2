import { DTYPES, type Dtype } from "./dtypes.ts";
import { InputDtypeError, InputShapeError } from "./errors.ts";
import { rawOfTensor, tensor, tensorFromRaw } from "./tensors.ts";
import { test } from "./testing/test.ts";

for (const dtype of Object.keys(DTYPES) as Dtype[]) {
  test(`${dtype}: raw form and back`, (assert) => {
    const is64Bits = dtype === "int64" || dtype === "uint64";
    for (const shape of [[], [2, 3], [0, 3]]) {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      const values = Array.from({ length: size }, (_, index) => (is64Bits ? BigInt(index) : index));
      const before = tensor(dtype, shape, values);
      const raw = rawOfTensor(before);
      // At an odd address, where no view is possible.
      const shifted = new Uint8Array(raw.byteLength + 1).subarray(1);
      shifted.set(raw);
      assert.deepEqual(tensorFromRaw(dtype, shape, raw, "x"), before);
      assert.deepEqual(tensorFromRaw(dtype, shape, shifted, "x"), before);
      assert.throws(() => tensorFromRaw(dtype, [size + 1], raw, "x"), InputShapeError);
    }
  });
}

test("the raw form is little-endian and strings carry their length", (assert) => {
  assert.deepEqual([...rawOfTensor(tensor("int16", [1], [258]))], [2, 1]);
  assert.deepEqual(
    [...rawOfTensor(tensor("string", [2], ["é", ""]))],
    [2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0],
  );
});

test("strings that are cut off, too few or too many are refused", (assert) => {
  const raw = rawOfTensor(tensor("string", [2], ["one", "two"]));
  for (const [size, bytes] of [
    [2, raw.subarray(0, -1)],
    [1, raw],
    [3, raw],
  ] as const) {
    assert.throws(() => tensorFromRaw("string", [size], bytes, "x"), InputShapeError);
  }
});

test("strings keep bytes that are no UTF-8", (assert) => {
  const bytes = Uint8Array.of(0xff, 0, 0x80);
  const raw = rawOfTensor(tensor("string", [1], [bytes]));
  assert.deepEqual([...(tensorFromRaw("string", [1], raw, "x").data[0] as Uint8Array)], [...bytes]);
});

test("a tensor of too few values is refused", (assert) =>
  assert.throws(() => tensor("float32", [2], [1]), InputShapeError));

test("a value that the dtype does not have is refused", (assert) => {
  for (const [dtype, value] of [
    ["uint8", 300],
    ["int32", 2 ** 31],
    ["int16", 0.5],
    ["float16", 0.5],
    ["int64", 5],
    ["uint64", -1n],
    ["float32", 5n],
  ] as const) {
    assert.throws(() => tensor(dtype, [1], [value]), InputDtypeError);
  }
});
