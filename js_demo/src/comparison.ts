// Judges one answer against another: names, dtypes and shapes exactly, then every value.
//
//   const { signature, inputs, expected, tolerances } = await model.bundle.readCase(file);
//   const { verdict, message } = compareOutputs(expected, await model.run(signature, inputs), tolerances);
//
// The rules are those of python/modelparity/compare/, and of comparison.h in C++:
// tests/comparison_vectors.json holds all three to them. A float c agrees with the reference r when
// |c - r| <= atol + rtol * |r|, computed in float64. NaN agrees with NaN, an infinity with the same
// infinity, and neither with anything else. -0 is 0. Integers and bools are compared exactly unless
// they are given a tolerance, strings always. Beside the tensors a comparison takes about a
// megabyte, whatever their size.

import type { Dtype, NumericData } from "./dtypes.ts";
import { BundleInvalidError } from "./errors.ts";
import { type Figures, numberAt, numberErrors, type Tolerance } from "./number_errors.ts";
import { sizeOf, type Tensor, type Tensors } from "./tensors.ts";
import { numberText, printable, textOfBytes } from "./text.ts";

/** A number, or text: strings, NaN and the infinities, integers beyond 2^53. */
export type ElementValue = number | string;

/**
 * How far one output is off, whether it agrees or not: the message of that name in report.proto.
 * The figures are absent for strings, and where names, dtypes or shapes differ.
 */
export interface OutputComparison extends Partial<Figures> {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /**
   * The element furthest beyond its tolerance, or nearest to it when all are within; of strings the
   * first that differs. Empty: a scalar, or no element.
   */
  readonly worstIndex: readonly number[];
  /** Absent: no element. */
  readonly referenceValue?: ElementValue;
  readonly candidateValue?: ElementValue;
  readonly atol: number;
  readonly rtol: number;
  /** Elements that do not agree. */
  readonly failures: number;
  readonly match: boolean;
}

export interface Judgement {
  readonly verdict: "match" | "mismatch" | "contract_mismatch";
  /** Empty for a match, else the first reason in one line. */
  readonly message: string;
  /** One for each output that was got, by name. */
  readonly outputs: readonly OutputComparison[];
}

const LARGEST_EXACT = 2n ** 53n;

const EXACT: Tolerance = { atol: 0, rtol: 0 };

/** By dtype; the dtypes that are not here are exact. */
const DEFAULT_TOLERANCES: Readonly<Partial<Record<Dtype, Tolerance>>> = {
  float64: { atol: 1e-10, rtol: 1e-9 },
  float32: { atol: 1e-5, rtol: 1e-4 },
  float16: { atol: 2e-3, rtol: 2e-3 },
  bfloat16: { atol: 2e-2, rtol: 2e-2 },
};

/**
 * Holds the outputs of a call against those that are right. An output that `tolerances` does not
 * name has the default of its dtype. Throws BundleInvalidError for one that is negative or NaN.
 */
export function compareOutputs(
  expected: Tensors,
  got: Tensors,
  tolerances: Readonly<Record<string, Tolerance>> = {},
): Judgement {
  const named = Object.entries(got).sort(([a], [b]) => (a < b ? -1 : 1));
  const difference = contractDifference(expected, named);
  if (difference) {
    const outputs = named.map(([name, { dtype, shape }]) => ({
      name,
      dtype,
      shape,
      worstIndex: [],
      ...EXACT,
      failures: 0,
      match: false,
    }));
    return { verdict: "contract_mismatch", message: printable(difference), outputs };
  }
  const outputs = named.map(([name, candidate]) => {
    const tolerance = toleranceOf(name, candidate.dtype, tolerances);
    return compare(name, expected[name] as Tensor, candidate, tolerance);
  });
  const failed = outputs.find(({ match }) => !match);
  return {
    verdict: failed ? "mismatch" : "match",
    message: failed ? printable(describe(failed)) : "",
    outputs,
  };
}

function toleranceOf(
  name: string,
  dtype: Dtype,
  tolerances: Readonly<Record<string, Tolerance>>,
): Tolerance {
  // Not `tolerances[name]`: every object has a "constructor".
  const given = Object.hasOwn(tolerances, name) ? tolerances[name] : undefined;
  const tolerance = given ?? DEFAULT_TOLERANCES[dtype] ?? EXACT;
  const { atol, rtol } = tolerance;
  // NaN, with which everything would agree, is not 0 or more, either.
  if (!(atol >= 0 && rtol >= 0)) {
    throw new BundleInvalidError(
      `tolerance of output '${name}': got ${atol} + ${rtol} * |r|, expected numbers that are 0 or more`,
    );
  }
  return tolerance;
}

/** Compares two tensors of one dtype and shape. */
function compare(
  name: string,
  reference: Tensor,
  candidate: Tensor,
  { atol, rtol }: Tolerance,
): OutputComparison {
  const { dtype, shape, data } = candidate;
  const { worst, failures, ...figures } =
    dtype === "string"
      ? stringErrors(reference.data as Uint8Array[], data as Uint8Array[])
      : numberErrors(dtype, reference.data as NumericData, data as NumericData, { atol, rtol });
  const place = data.length > 0 && {
    worstIndex: unravel(worst, shape),
    referenceValue: valueAt(reference, worst),
    candidateValue: valueAt(candidate, worst),
  };
  return {
    name,
    dtype,
    shape,
    ...figures,
    worstIndex: [],
    ...place,
    atol,
    rtol,
    failures,
    match: failures === 0,
  };
}

/** How names, dtypes or shapes differ, the first difference only; empty: they do not. */
function contractDifference(
  expected: Tensors,
  got: readonly (readonly [string, Tensor])[],
): string {
  const names = got.map(([name]) => name);
  const wanted = Object.keys(expected).sort();
  if (names.length !== wanted.length || names.some((name, index) => name !== wanted[index])) {
    return `got the outputs ${listOf(names)}, wants ${listOf(wanted)}`;
  }
  for (const [name, candidate] of got) {
    const reference = expected[name] as Tensor;
    const [gotType, wantedType] = [typeText(candidate), typeText(reference)];
    if (gotType !== wantedType) return `output '${name}': got ${gotType}, wants ${wantedType}`;
    // An engine may give anything; elements that are not there must not be read.
    if (candidate.data.length !== reference.data.length) {
      return `output '${name}': got ${candidate.data.length} elements, wants ${reference.data.length}`;
    }
  }
  return "";
}

/** Such as float32 [1,10]. */
function typeText({ dtype, shape }: Tensor): string {
  return `${dtype} [${shape}]`;
}

function listOf(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(", ")}]`;
}

/** Where an output does not agree. */
function describe(output: OutputComparison): string {
  const { name, shape, worstIndex, candidateValue, referenceValue, atol, rtol, failures } = output;
  const where = shape.length > 0 ? ` at [${worstIndex}]` : "";
  const allowed =
    atol === 0 && rtol === 0
      ? "exact"
      : `within ${numberText(atol, 6)} + ${numberText(rtol, 6)} * |r|`;
  return (
    `output '${name}'${where}: got ${valueText(candidateValue)}, wants ${valueText(referenceValue)} ` +
    `${allowed}; ${failures} of ${sizeOf(shape)} elements differ`
  );
}

function valueText(value: ElementValue | undefined): string {
  return typeof value === "number" ? numberText(value, 9) : `${value}`;
}

/** The worst of strings is the first that differs. */
function stringErrors(reference: readonly Uint8Array[], candidate: readonly Uint8Array[]) {
  const differs = (bytes: Uint8Array, index: number) => {
    const other = reference[index] as Uint8Array;
    return bytes.length !== other.length || bytes.some((byte, i) => byte !== other[i]);
  };
  const failures = candidate.filter(differs).length;
  return { failures, worst: failures > 0 ? candidate.findIndex(differs) : 0 };
}

/** The place of an element in each dimension. */
function unravel(element: number, shape: readonly number[]): number[] {
  return shape.map((size, axis) => Math.floor(element / sizeOf(shape.slice(axis + 1))) % size);
}

function valueAt({ dtype, data }: Tensor, index: number): ElementValue {
  if (dtype === "string") return textOfBytes(data[index] as Uint8Array);
  const element = data[index];
  if (typeof element === "bigint") {
    const isExact = -LARGEST_EXACT <= element && element <= LARGEST_EXACT;
    return isExact ? Number(element) : `${element}`;
  }
  const number = numberAt(dtype, data as NumericData, index);
  return Number.isFinite(number) ? number : `${number}`;
}
