// The arithmetic of a comparison: how far numbers are off.
//
// Elements become float64 a block at a time. So one loop serves all dtypes, and large tensors take
// no more memory than small ones.

import type { NumericData, NumericDtype } from "./dtypes.ts";

/** An element may be off by atol + rtol * |reference|; 0 and 0 is exact. */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

/** An error is |candidate - reference|, infinite where a NaN or an infinity disagrees. */
export interface Figures {
  readonly maxAbs: number;
  /** Over the elements whose reference is not 0. */
  readonly maxRel: number;
  /** In units in the last place. Absent: no floats. */
  readonly maxUlp?: number;
  readonly meanAbs: number;
  /** Quantiles are elements: the smallest error that at least half of the elements do not exceed. */
  readonly p50Abs: number;
  readonly p90Abs: number;
  readonly p99Abs: number;
}

export interface NumberErrors extends Figures {
  /** Elements that do not agree. */
  readonly failures: number;
  /** The element furthest beyond its tolerance, the first of several. */
  readonly worst: number;
}

const BLOCK = 1 << 12;
const WORD = 2 ** 32;
const SHARES = [0.5, 0.9, 0.99];

/** Compares elements of one dtype, as many in one as in the other. */
export function numberErrors(
  dtype: NumericDtype,
  reference: NumericData,
  candidate: NumericData,
  { atol, rtol }: Tolerance,
): NumberErrors {
  const pair = new Pair(dtype, reference, candidate);
  const { count, references, candidates, errors, ulps } = pair;
  const shareOfOne = 1 / count;
  let maxAbs = 0;
  let maxRel = 0;
  let maxUlp = 0;
  let meanAbs = 0;
  let failures = 0;
  let worst = 0;
  let worstExcess = -Infinity;
  for (let start = 0; start < count; start += BLOCK) {
    const size = pair.read(start);
    pair.readUlps(start, size);
    // A sum for each block: what is small gets lost in a sum that is large.
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const error = errors[i] as number;
      const magnitude = Math.abs(references[i] as number);
      const isSpecial =
        error === Infinity &&
        !(magnitude < Infinity && Math.abs(candidates[i] as number) < Infinity);
      const scale = magnitude < Infinity ? magnitude : 0;
      const allowed = atol + rtol * scale;
      // Where both overflow, the tolerance is the larger one.
      const beyond = allowed === Infinity ? -Infinity : error - allowed;
      const excess = isSpecial ? Infinity : beyond;
      if (excess > 0) failures++;
      if (excess > worstExcess) {
        worstExcess = excess;
        worst = start + i;
      }
      // Each share on its own, since the sum of the errors may overflow.
      sum += error * shareOfOne;
      if (error > maxAbs) maxAbs = error;
      const relative = magnitude === 0 ? 0 : error / (scale || 1);
      if (relative > maxRel) maxRel = relative;
      const ulp = isSpecial ? Infinity : error === 0 ? 0 : (ulps[i] as number);
      if (ulp > maxUlp) maxUlp = ulp;
    }
    meanAbs += sum;
  }
  const [p50Abs, p90Abs, p99Abs] = maxAbs > 0 ? quantiles(pair) : ([0, 0, 0] as const);
  const errorsOfAll = { maxAbs, maxRel, meanAbs, p50Abs, p90Abs, p99Abs, failures, worst };
  return pair.isFloat ? { ...errorsOfAll, maxUlp } : errorsOfAll;
}

/** One element; beyond 2^53 an integer is rounded. */
export function numberAt(dtype: NumericDtype, data: NumericData, index: number): number {
  const number = new Float64Array(1);
  numbersOf(dtype, data)(index, 1, number);
  return number[0] as number;
}

/**
 * The smallest errors that at least the SHARES of the elements do not exceed.
 *
 * Errors are 0 or more, so they are ordered as their 64 bits are. Each of four passes finds a digit
 * of 16 bits of every quantile, the highest first, by counting the errors that begin with the
 * digits known so far.
 */
function quantiles(pair: Pair): [number, number, number] {
  // The digits that are known, then zeros.
  const values = new Float64Array(SHARES.length);
  const digits = new Uint16Array(values.buffer);
  // Where each stands, from 0, among the errors that begin with its known digits.
  const ranks = SHARES.map((share) => Math.ceil(share * pair.count) - 1);
  // The highest digits of the errors that still matter, which are few from the second pass on.
  const kept = new Uint8Array(1 << 16).fill(1);
  for (let place = 3; place >= 0; place--) {
    const histograms = new Map(Array.from(values, (value) => [value, new Uint32Array(1 << 16)]));
    for (let start = 0; start < pair.count; start += BLOCK) {
      const size = keep(pair.errors, pair.read(start), kept);
      for (const [value, histogram] of histograms) {
        countDigits(pair.errors, size, value, place, histogram);
      }
    }
    kept.fill(0);
    ranks.forEach((rank, quantile) => {
      const histogram = histograms.get(values[quantile] as number) as Uint32Array;
      let digit = 0;
      while (rank >= (histogram[digit] as number)) rank -= histogram[digit++] as number;
      ranks[quantile] = rank;
      digits[4 * quantile + place] = digit;
      kept[digits[4 * quantile + 3] as number] = 1;
    });
  }
  return [...values] as [number, number, number];
}

/** Moves the errors whose highest digit is kept to the front; gives how many they are. */
function keep(errors: Float64Array, size: number, kept: Uint8Array): number {
  const digits = new Uint16Array(errors.buffer);
  let count = 0;
  for (let i = 0; i < size; i++) {
    errors[count] = errors[i] as number;
    count += kept[digits[4 * i + 3] as number] as number;
  }
  return count;
}

/** Counts the digits at `place` of the errors whose higher digits are those of `value`. */
function countDigits(
  errors: Float64Array,
  size: number,
  value: number,
  place: number,
  histogram: Uint32Array,
) {
  const digits = new Uint16Array(errors.buffer);
  const known = new Uint16Array(Float64Array.of(value).buffer);
  for (let i = 0; i < 4 * size; i += 4) {
    let at = 3;
    while (at > place && digits[i + at] === known[at]) at--;
    if (at === place) (histogram[digits[i + at] as number] as number)++;
  }
}

/** Two tensors, of which a block at a time is in memory as float64. */
class Pair {
  readonly count: number;
  readonly isFloat: boolean;
  readonly references = new Float64Array(BLOCK);
  readonly candidates = new Float64Array(BLOCK);
  readonly errors = new Float64Array(BLOCK);
  /** Zeros where there are no floats. */
  readonly ulps = new Float64Array(BLOCK);
  readonly #readReferences: Reader;
  readonly #readCandidates: Reader;
  readonly #readErrors: Reader;
  readonly #readUlps: Reader | undefined;

  constructor(dtype: NumericDtype, reference: NumericData, candidate: NumericData) {
    this.count = reference.length;
    this.#readReferences = numbersOf(dtype, reference);
    this.#readCandidates = numbersOf(dtype, candidate);
    this.#readErrors = dtype.endsWith("int64")
      ? wideErrorsOf(dtype, reference, candidate)
      : errorsOf(this.references, this.candidates);
    this.#readUlps = ulpsOf(dtype, reference, candidate);
    this.isFloat = this.#readUlps !== undefined;
  }

  /** Reads the block that begins at `start`; gives its size. */
  read(start: number): number {
    const size = Math.min(BLOCK, this.count - start);
    this.#readReferences(start, size, this.references);
    this.#readCandidates(start, size, this.candidates);
    this.#readErrors(start, size, this.errors);
    return size;
  }

  readUlps(start: number, size: number) {
    this.#readUlps?.(start, size, this.ulps);
  }
}

/** Writes a number for each of `size` elements, from `start` on. */
type Reader = (start: number, size: number, into: Float64Array) => void;

function numbersOf(dtype: NumericDtype, data: NumericData): Reader {
  if (dtype.endsWith("int64")) {
    const { high, low } = wordsOf(data, dtype === "int64");
    return (start, size, into) => {
      for (let i = 0, at = 2 * start; i < size; i++, at += 2) {
        into[i] = (high[at + 1] as number) * WORD + (low[at] as number);
      }
    };
  }
  if (dtype === "bfloat16") {
    // The upper half of a float32.
    const bits = new Uint32Array(BLOCK);
    const floats = new Float32Array(bits.buffer);
    return (start, size, into) => {
      for (let i = 0; i < size; i++) bits[i] = (data[start + i] as number) << 16;
      into.set(floats.subarray(0, size));
    };
  }
  const numbers =
    dtype === "float16" ? new Float16Array(data.buffer, data.byteOffset, data.length) : data;
  return (start, size, into) => into.set((numbers as Float32Array).subarray(start, start + size));
}

/** For numbers whose difference a float64 holds, or that it rounds once. */
function errorsOf(references: Float64Array, candidates: Float64Array): Reader {
  return (_start, size, into) => {
    for (let i = 0; i < size; i++) {
      const r = references[i] as number;
      const c = candidates[i] as number;
      const error = Math.abs(c - r);
      into[i] = Number.isNaN(error) ? (Object.is(r, c) ? 0 : Infinity) : error;
    }
  };
}

/** For integers of 64 bits: two differences that are exact, and a sum that is rounded once. */
function wideErrorsOf(dtype: NumericDtype, reference: NumericData, candidate: NumericData): Reader {
  const r = wordsOf(reference, dtype === "int64");
  const c = wordsOf(candidate, dtype === "int64");
  return (start, size, into) => {
    for (let i = 0, at = 2 * start; i < size; i++, at += 2) {
      const high = (c.high[at + 1] as number) - (r.high[at + 1] as number);
      const low = (c.low[at] as number) - (r.low[at] as number);
      into[i] = Math.abs(high * WORD + low);
    }
  };
}

/** Views of integers of 64 bits: their high words, at odd places, and their low words. */
function wordsOf({ buffer, byteOffset, length }: NumericData, isSigned: boolean) {
  const low = new Uint32Array(buffer, byteOffset, 2 * length);
  return { high: isSigned ? new Int32Array(buffer, byteOffset, 2 * length) : low, low };
}

/** How many numbers of the dtype lie from one element to the other. Undefined: no floats. */
function ulpsOf(
  dtype: NumericDtype,
  reference: NumericData,
  candidate: NumericData,
): Reader | undefined {
  if (!dtype.includes("float")) return undefined;
  const words = dtype === "float64" ? 2 : 1;
  const bitsOf = ({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: NumericData) =>
    BYTES_PER_ELEMENT === 2
      ? new Int16Array(buffer, byteOffset, length)
      : new Int32Array(buffer, byteOffset, words * length);
  const r = bitsOf(reference);
  const c = bitsOf(candidate);
  // The bits of a float are its sign and its distance from zero.
  const sign = (high: number) => 1 + 2 * (high >> 31);
  const magnitude = 2 ** (8 * r.BYTES_PER_ELEMENT - 1) - 1;
  return (start, size, into) => {
    for (let i = 0, at = words * (start + 1) - 1; i < size; i++, at += words) {
      const rHigh = r[at] as number;
      const cHigh = c[at] as number;
      const rSign = sign(rHigh);
      const cSign = sign(cHigh);
      let distance = cSign * (cHigh & magnitude) - rSign * (rHigh & magnitude);
      if (words === 2) {
        const rLow = (r[at - 1] as number) >>> 0;
        const cLow = (c[at - 1] as number) >>> 0;
        distance = distance * WORD + (cSign * cLow - rSign * rLow);
      }
      into[i] = Math.abs(distance);
    }
  };
}
