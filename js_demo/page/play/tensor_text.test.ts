// Text to tensors and back.

import type { TensorSpec } from "../../src/browser.ts";
import { InputDtypeError, InputShapeError } from "../../src/errors.ts";
import { tensor } from "../../src/tensors.ts";
import { test } from "../../src/testing/test.ts";
import { parseTensor, textOf } from "./tensor_text.ts";

function spec(dtype: string, ...shape: number[]): TensorSpec {
  return { name: "x", dtype, shape: shape.map(BigInt), unknownRank: false };
}

test("a plain list takes the signature's shape", (assert) => {
  for (const [text, wants, shape] of [
    ["1, 2, 3, 4", spec("float32", -1, 2), [2, 2]],
    ["1 2\n3 4", spec("float32", -1, 2), [2, 2]],
    ["[1, 2, 3, 4]", spec("float32", 2, 2), [2, 2]],
    ["1 2 3", spec("float32", -1), [3]],
    ["7", spec("float32", -1), [1]],
    ["7", spec("float32"), []],
    ["[7]", spec("float32"), []],
    ["", spec("float32", -1, 3), [0, 3]],
  ] as const) {
    assert.deepEqual(parseTensor(text, wants).shape, shape, text);
  }
});

test("nested lists say their shape", (assert) => {
  const { shape, data } = parseTensor("[[[1], [2]], [[3], [4]]]", spec("int32", -1, -1, 1));
  assert.deepEqual(
    [shape, [...data]],
    [
      [2, 2, 1],
      [1, 2, 3, 4],
    ],
  );
  const anyRank = { ...spec("float32"), unknownRank: true };
  assert.deepEqual(parseTensor("[[1, 2]]", anyRank).shape, [1, 2]);
  assert.deepEqual(parseTensor("[[], []]", spec("float32", -1, -1)).shape, [2, 0]);
});

test("lists that have no shape are refused", (assert) => {
  for (const [text, wants, message] of [
    ["1, 2, 3", spec("float32", -1, 2), "input 'x': got 3 values, [?,2] takes a multiple of 2"],
    ["1, 2, 3", spec("float32", 2, 2), "input 'x': got 3 values, [2,2] takes 4"],
    ["1, 2", spec("float32"), "input 'x': got 2 values, [] takes 1"],
    ["[1, 2", spec("float32", -1), "input 'x': a [ is not closed; add a ]"],
    ["1]", spec("float32", -1), "input 'x': a ] closes nothing; remove it"],
    [
      "[[1, 2], [3]]",
      spec("float32", -1, -1),
      "input 'x': part 2 of a list is [1], the first is [2]; make the parts of a list equally long",
    ],
    [
      "1, 2",
      spec("float32", -1, -1),
      "input 'x': a plain list fits [?,?] in several ways; write nested lists, such as [[1, 2], [3, 4]]",
    ],
  ] as const) {
    assert.throws(() => parseTensor(text, wants), new InputShapeError(message));
  }
});

test("values are read as their dtype's", (assert) => {
  for (const [dtype, text, data] of [
    [
      "float32",
      "1e3 -0.5 nan -inf Infinity",
      Float32Array.of(1000, -0.5, NaN, -Infinity, Infinity),
    ],
    ["float16", "1 -2", Uint16Array.of(0x3c00, 0xc000)],
    ["bfloat16", "1 -2 1.005", Uint16Array.of(0x3f80, 0xc000, 0x3f81)],
    ["uint8", "0 +255", Uint8Array.of(0, 255)],
    ["int64", "-9223372036854775808", BigInt64Array.of(-(2n ** 63n))],
    ["uint64", "18446744073709551615", BigUint64Array.of(2n ** 64n - 1n)],
    ["bool", "true 0 FALSE 1", Uint8Array.of(1, 0, 0, 1)],
  ] as const) {
    assert.deepEqual(parseTensor(text, spec(dtype, -1)).data, data, dtype);
  }
  const words = parseTensor('"a, b" plain "line\\n"', spec("string", -1));
  assert.deepEqual(words, tensor("string", [3], ["a, b", "plain", "line\n"]));
});

test("a value that the dtype has not is refused", (assert) => {
  for (const [dtype, text, message] of [
    ["float32", "1 one", "input 'x', value 2: got one, wanted a number (float32)"],
    ["float32", "--1", "input 'x', value 1: got --1, wanted a number (float32)"],
    ["int8", "128", "input 'x', value 1: got 128, wanted a whole number from -128 to 127 (int8)"],
    ["uint8", "1.5", "input 'x', value 1: got 1.5, wanted a whole number from 0 to 255 (uint8)"],
    ["bool", "2", "input 'x', value 1: got 2, wanted true or false"],
    [
      "string",
      '"half',
      `input 'x', value 1: got "half, wanted text in double quotes, with JSON's escapes`,
    ],
  ] as const) {
    assert.throws(() => parseTensor(text, spec(dtype, -1)), new InputDtypeError(message));
  }
});

test("what is written is read back", (assert) => {
  for (const value of [
    tensor("float32", [2, 2], [0.1, Math.fround(1 / 3), NaN, -Infinity]),
    tensor("float64", [2], [0.1, -0]),
    tensor("float32", [1], [-0]),
    tensor("float16", [3], [0x3c00, 0x0001, 0x7bff]),
    tensor("bfloat16", [3], [0x3f80, 0x0001, 0x8000]),
    tensor("int64", [1], [2n ** 62n + 1n]),
    tensor("bool", [2], [true, false]),
    tensor("string", [2, 1], ['say "hi"', "[a, b]"]),
    tensor("float32", [0], []),
  ]) {
    const { dtype, shape } = value;
    assert.deepEqual(parseTensor(textOf(value), spec(dtype, ...shape)), value, dtype);
  }
});

test("rows have lines of their own", (assert) => {
  assert.equal(textOf(tensor("float32", [2, 2], [0.1, 2, 3, 4])), "[[0.1, 2],\n [3, 4]]");
  assert.equal(textOf(tensor("int32", [1, 2, 1], [1, 2])), "[[[1], [2]]]");
});

test("strings that are no text are not shown as if they were", (assert) => {
  const bytes = tensor("string", [1], [Uint8Array.of(0xff)]);
  const message = "a string in it is no UTF-8 text, and cannot be edited here";
  assert.throws(() => textOf(bytes), new InputDtypeError(message));
});
