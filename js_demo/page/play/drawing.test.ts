// Drawings as images, and that a model trained on others reads them.

import { join } from "node:path";

import { FolderSource, load, NODE_ENGINES, tensor, type TensorSpec } from "../../src/node.ts";
import { test } from "../../src/testing/test.ts";
import { DIGITS } from "../testing/digits.ts";
import { bestOf } from "./classes.ts";
import { fullInk, imageSide, pixelsOf } from "./drawing.ts";
import { numbersOf } from "./numbers.ts";

function sideOf(dtype: string, ...shape: number[]): number | undefined {
  return imageSide({ name: "x", dtype, shape: shape.map(BigInt), unknownRank: false });
}

test("square grey images are inputs to draw", (assert) => {
  for (const [side, dtype, ...shape] of [
    [8, "float32", -1, 8, 8, 1],
    [8, "float32", -1, 64],
    [28, "uint8", -1, 28, 28],
    [28, "float32", 1, 784],
    [32, "float16", -1, 32, 32, 1],
  ] as const) {
    assert.equal(sideOf(dtype, ...shape), side, `${dtype} [${shape}]`);
  }
});

test("anything else is not", (assert) => {
  for (const [dtype, ...shape] of [
    ["float32", -1, 28, 28, 3],
    ["float32", -1, 28, 14],
    ["float32", -1, 100],
    ["float32", 5, 8, 8],
    ["float32", -1, 3, 3],
    ["float32", -1, 512, 512],
    ["float32", -1, -1, -1],
    ["string", -1, 64],
    ["float32"],
  ] as const) {
    assert.equal(sideOf(dtype, ...shape), undefined, `${dtype} [${shape}]`);
  }
  const anyRank: TensorSpec = { name: "x", dtype: "float32", shape: [], unknownRank: true };
  assert.equal(imageSide(anyRank), undefined);
});

test("a drawing is the same wherever and however large it is", (assert) => {
  const [zero = []] = DIGITS;
  const small = zero.map((stroke) => stroke.map(([x, y]) => [0.1 + x / 4, 0.7 + y / 4] as const));
  const [large, moved] = [pixelsOf(zero, 28), pixelsOf(small, 28)];
  const difference = large.map((ink, index) => Math.abs(ink - (moved[index] ?? NaN)));
  assert.ok(Math.max(...difference) < 0.1, `${Math.max(...difference)}`);
});

test("a digit lies in the middle, with the margin that its size has", (assert) => {
  const [, one = []] = DIGITS;
  const image = pixelsOf(one, 28);
  const rows = Array.from({ length: 28 }, (_, row) =>
    Math.max(...image.subarray(28 * row, 28 * (row + 1))),
  );
  assert.deepEqual([rows[3], rows.slice(5, 23).every((ink) => ink > 0.5), rows[24]], [0, true, 0]);
});

test("edges are shades, not steps", (assert) => {
  const shades = new Set(pixelsOf(DIGITS[0] ?? [], 8));
  assert.ok(shades.size > 5, `${shades.size}`);
  assert.ok([...shades].every((ink) => ink >= 0 && ink <= 1));
});

test("nothing is no ink, and a dot is a dot", (assert) => {
  assert.deepEqual(new Set(pixelsOf([], 8)), new Set([0]));
  const dot = pixelsOf([[[0.9, 0.9]]], 8);
  assert.deepEqual([(dot[27] ?? 0) > 0, dot[0]], [true, 0]);
});

test("full ink is what the examples have", (assert) => {
  assert.deepEqual([[], [0, 0.9], [-3, 3.2], [0, 12], [0, 250]].map(fullInk), [1, 1, 1, 16, 255]);
});

test("a model reads all ten digits", async (assert) => {
  const bundle = join(process.env.START_FOLDER ?? "", "tests/digits_cnn.bundle");
  const model = await load(new FolderSource(bundle), { engines: NODE_ENGINES });
  const read = [];
  for (const strokes of DIGITS) {
    const image = tensor("float32", [1, 8, 8, 1], [...pixelsOf(strokes, 8)]);
    const { output_0 } = await model.run("serving_default", { image });
    read.push(output_0 && bestOf(numbersOf(output_0)));
  }
  await model.close();
  assert.deepEqual(read, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
