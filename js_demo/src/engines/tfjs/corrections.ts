// Operators that TensorFlow.js answers wrongly in some backend or in all, computed from others. Of
// nothing they compute nothing: many of wasm's kernels trap then, or break its memory.

import {
  add,
  cast,
  type cumsum,
  equal,
  expandDims,
  gather,
  greaterEqual,
  lessEqual,
  logicalAnd,
  range,
  reshape,
  sub,
  type Tensor,
  tensor,
  transpose,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";

import { sizeOf } from "../../tensors.ts";

/** Its own take an axis that is counted from the end for another one. */
export function cumulative(
  compute: typeof cumsum,
  x: Tensor,
  axis: Tensor,
  attributes: { exclusive?: unknown; reverse?: unknown },
): Tensor {
  if (x.size === 0) return x.clone();
  const { exclusive, reverse } = attributes;
  return compute(x, fromStart(scalarOf(axis), x.rank), exclusive === true, reverse === true);
}

/** Its own takes the second bound for the third. */
export function bandPart(x: Tensor, lower: Tensor, upper: Tensor): Tensor {
  if (x.size === 0) return x.clone();
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const [below, above] = [scalarOf(lower), scalarOf(upper)];
  const distance = sub(
    reshape(range(0, rows, 1, "int32"), [rows, 1]),
    range(0, columns, 1, "int32"),
  );
  const inBand = logicalAnd(
    lessEqual(distance, below < 0 ? rows : below),
    greaterEqual(distance, above < 0 ? -columns : -above),
  );
  return where(inBand, x, zerosLike(x));
}

/** Its own knows the last axis only, and wasm's no floats. */
export function oneHot(
  indices: Tensor,
  depth: Tensor,
  on: Tensor,
  off: Tensor,
  axis: number,
): Tensor {
  const size = scalarOf(depth);
  const place = fromStart(axis, indices.rank + 1);
  if (indices.size * size === 0) {
    return tensor([], indices.shape.toSpliced(place, 0, size), on.dtype);
  }
  const shape = Array<number>(indices.rank + 1).fill(1);
  shape[place] = size;
  const places = reshape(range(0, size, 1, "int32"), shape);
  return where(equal(expandDims(cast(indices, "int32"), place), places), on, off);
}

/** wasm's mixes batches up, and gives what is empty another shape. */
export function gatherIn(x: Tensor, indices: Tensor, axis: Tensor, batchDims: number): Tensor {
  const place = fromStart(scalarOf(axis), x.rank);
  const batches = fromStart(batchDims, indices.rank);
  const outer = x.shape.slice(batches, place);
  const inner = x.shape.slice(place + 1);
  const wanted = indices.shape.slice(batches);
  const shape = [...x.shape.slice(0, batches), ...outer, ...wanted, ...inner];
  if (shape.includes(0)) return tensor([], shape, x.dtype);
  const numbers = cast(indices, "int32");
  if (batches === 0) return gather(x, numbers, place);

  const [batch, outerSize, innerSize] = [
    sizeOf(x.shape.slice(0, batches)),
    sizeOf(outer),
    sizeOf(inner),
  ];
  const size = x.shape[place] as number;
  const outside = numbers.dataSync().find((index) => index < 0 || index >= size);
  if (outside !== undefined) {
    throw new RangeError(`GatherV2: the index ${outside} is not in [0, ${size})`);
  }
  // Every batch below the one before it, in one table of rows.
  const table = reshape(transpose(reshape(x, [batch, outerSize, size, innerSize]), [0, 2, 1, 3]), [
    batch * size,
    outerSize * innerSize,
  ]);
  const firstRows = reshape(range(0, batch * size, size, "int32"), [batch, 1]);
  const rows = add(reshape(numbers, [batch, -1]), firstRows);
  const found = gather(table, reshape(rows, [-1]));
  const parts = reshape(found, [batch, -1, outerSize, innerSize]);
  return reshape(transpose(parts, [0, 2, 1, 3]), shape);
}

function scalarOf(x: Tensor): number {
  return x.dataSync()[0] as number;
}

function fromStart(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
