// What a person draws, as the image that a model was trained on.

import type { TensorSpec } from "../../src/contract/generated.ts";

/** Both from 0 to 1, from the top left corner. */
export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

/** How the digits that models are trained on lie in their image, as shares of its side. */
interface Layout {
  /** The longer side of the digit's box, its strokes included. */
  readonly box: number;
  readonly strokeWidth: number;
}

// scikit-learn's digits fill the 8 rows; MNIST's 28x28 have 20x20 in their middle.
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [8, { box: 1, strokeWidth: 0.17 }],
  [28, { box: 20 / 28, strokeWidth: 0.09 }],
]);
const OTHER_LAYOUT: Layout = { box: 0.8, strokeWidth: 0.1 };
const SIDES = { least: 6, most: 64 };

/** Samples of each pixel along each axis: 16 x 16 shades. */
const SAMPLES = 16;

/** The side of the square grey image that an input wants; undefined when it wants none. */
export function imageSide({ dtype, shape, unknownRank }: TensorSpec): number | undefined {
  if (unknownRank || !/^(u?int(8|16|32)|float(16|32|64)|bfloat16)$/.test(dtype)) return undefined;
  const [batch = 0, ...image] = shape.map(Number);
  if (batch !== -1 && batch !== 1) return undefined;
  if (image.length === 1) return [...LAYOUTS.keys()].find((side) => side * side === image[0]);
  const [height = 0, width, channels = 1] = image;
  const fits = height >= SIDES.least && height <= SIDES.most;
  return image.length <= 3 && height === width && channels === 1 && fits ? height : undefined;
}

/**
 * Ink from 0 to 1, `side` rows of `side` pixels. The drawing is scaled and moved so that it lies as
 * the digits of the training data do, wherever and however large it was drawn.
 */
export function pixelsOf(strokes: readonly Stroke[], side: number): Float32Array {
  const pixels = new Float32Array(side * side);
  if (strokes.length === 0) return pixels;
  const { box, strokeWidth } = LAYOUTS.get(side) ?? OTHER_LAYOUT;
  const fitted = fit(strokes, box - strokeWidth);
  const samples = side * SAMPLES;
  const inked = new Uint8Array(samples * samples);
  for (const stroke of fitted) ink(stroke, strokeWidth / 2, inked, samples);
  inked.forEach((sample, index) => {
    const [x, y] = [index % samples, Math.floor(index / samples)];
    const pixel = Math.floor(y / SAMPLES) * side + Math.floor(x / SAMPLES);
    pixels[pixel] = (pixels[pixel] ?? 0) + sample / SAMPLES ** 2;
  });
  return pixels;
}

/** Centred, with `size` as the longer side of the box of all points. */
function fit(strokes: readonly Stroke[], size: number): Stroke[] {
  const points = strokes.flat();
  const range = (axis: 0 | 1) => {
    const values = points.map((point) => point[axis]);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return { middle: (least + most) / 2, length: most - least };
  };
  const [x, y] = [range(0), range(1)];
  // A dot has no size to scale.
  const scale = size / Math.max(x.length, y.length, 0.05);
  return strokes.map((stroke) =>
    stroke.map(
      ([px, py]) => [0.5 + (px - x.middle) * scale, 0.5 + (py - y.middle) * scale] as const,
    ),
  );
}

/** Marks the samples nearer to the stroke than `radius`. */
function ink(stroke: Stroke, radius: number, inked: Uint8Array, samples: number) {
  stroke.forEach((to, index) => {
    const from = stroke[index - 1] ?? to;
    const span = (axis: 0 | 1) => ({
      first: Math.max(0, Math.floor((Math.min(from[axis], to[axis]) - radius) * samples)),
      last: Math.min(samples - 1, Math.ceil((Math.max(from[axis], to[axis]) + radius) * samples)),
    });
    const [columns, rows] = [span(0), span(1)];
    for (let row = rows.first; row <= rows.last; row++) {
      for (let column = columns.first; column <= columns.last; column++) {
        const point = [(column + 0.5) / samples, (row + 0.5) / samples] as const;
        if (distance(point, from, to) <= radius) inked[row * samples + column] = 1;
      }
    }
  });
}

/** From a point to the line between two others. */
function distance([x, y]: Point, [fromX, fromY]: Point, [toX, toY]: Point): number {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((x - fromX) * dx + (y - fromY) * dy) / length;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - fromX - share * dx, y - fromY - share * dy);
}

/**
 * What full ink is in an input, as far as an example of it tells: 1, 16 or 255. Examples made of
 * normal random numbers go a little beyond the 1 that they stand for.
 */
export function fullInk(example: readonly number[]): number {
  const most = example.reduce((most, value) => Math.max(most, value), 0);
  if (most <= 5) return 1;
  return most <= 16 ? 16 : 255;
}
