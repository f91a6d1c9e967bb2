// The numbers in tensors, and how they are written.

import type { Dtype, NumericData, NumericDtype } from "../../src/dtypes.ts";
import { numberAt } from "../../src/number_errors.ts";
import type { Tensor } from "../../src/tensors.ts";

/** Of a tensor that is no string's. */
export function numbersOf({ dtype, data }: Tensor): number[] {
  return Array.from({ length: data.length }, (_, index) =>
    numberAt(dtype as NumericDtype, data as NumericData, index),
  );
}

export function float16Bits(value: number): number {
  return new Uint16Array(Float16Array.of(value).buffer)[0] ?? 0;
}

/** Rounded to nearest, ties to even. */
export function bfloat16Bits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** How many digits a number of the dtype may need, and the nearest one to another number. */
const FLOATS: Partial<Record<Dtype, { digits: number; round: (value: number) => number }>> = {
  float32: { digits: 9, round: Math.fround },
  float16: {
    digits: 5,
    round: (value) => numberAt("float16", Uint16Array.of(float16Bits(value)), 0),
  },
  bfloat16: {
    digits: 4,
    round: (value) => numberAt("bfloat16", Uint16Array.of(bfloat16Bits(value)), 0),
  },
};

/** The shortest text that is read back as the same element; for a tensor that is no string's. */
export function elementText({ dtype, data }: Tensor, index: number): string {
  if (dtype === "bool") return `${Boolean(data[index])}`;
  const value = numberAt(dtype as NumericDtype, data as NumericData, index);
  if (Object.is(value, -0)) return "-0";
  const float = FLOATS[dtype];
  // As it is: a 64-bit integer may be more than a number holds.
  if (!float) return `${data[index]}`;
  if (!Number.isFinite(value)) return `${value}`;
  for (let precision = 1; precision < float.digits; precision++) {
    const short = Number(value.toPrecision(precision));
    if (Object.is(float.round(short), value)) return `${short}`;
  }
  return `${Number(value.toPrecision(float.digits))}`;
}
