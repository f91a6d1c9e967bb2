// All dtypes and sizes against a slow way; tests/comparison_vectors.json has the rules.

import { arrayTypeOf, DTYPES, type NumericData, type NumericDtype } from "./dtypes.ts";
import { type NumberErrors, numberErrors, type Tolerance } from "./number_errors.ts";
import { arrayOfBytes, bytesOfArray } from "./tensors.ts";
import { test } from "./testing/test.ts";

const NUMBERS = Object.keys(DTYPES).filter((dtype) => dtype !== "string") as NumericDtype[];
const TOLERANCE = { atol: 0.25, rtol: 0.25 };
// Around the ends of blocks.
const COUNTS = [1, 7, 4095, 4096, 4097, 10_001];

/** Integers below 2^32, the same in every run. */
function* randomIntegers(): Generator<number, never> {
  for (let state = 1; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The low bits of such a generator repeat soon.
    yield (state ^ (state >>> 15)) >>> 0;
  }
}

/** Any bits: NaN, infinities and denormals among them. A third of the elements agree. */
function randomPair(dtype: NumericDtype, count: number): [NumericData, NumericData] {
  const random = randomIntegers();
  const size = arrayTypeOf(dtype).BYTES_PER_ELEMENT;
  const reference = Uint8Array.from({ length: count * size }, () => random.next().value);
  const candidate = reference.slice();
  for (let start = 0; start < candidate.length; start += size) {
    if (random.next().value % 3 > 0) candidate[start] = random.next().value;
    if (random.next().value % 8 === 0) candidate[start + size - 1] = random.next().value;
  }
  return [arrayOfBytes(dtype, reference), arrayOfBytes(dtype, candidate)];
}

interface Element {
  readonly number: number;
  /** One more for each number of the dtype that is larger. */
  readonly rank: bigint;
}

function slowElement(dtype: NumericDtype, data: NumericData, index: number): Element {
  const element = data[index] as number | bigint;
  if (!dtype.includes("float")) return { number: Number(element), rank: BigInt(element) };
  const size = data.BYTES_PER_ELEMENT;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, 0n);
  bytesOfArray(data)
    .subarray(index * size, (index + 1) * size)
    .forEach((byte, at) => view.setUint8(size - 1 - at, byte));
  // Big-endian, and bits beyond the element are zeros: those that make a bfloat16 a float32.
  const number =
    dtype === "float64"
      ? view.getFloat64(0)
      : dtype === "float16"
        ? view.getFloat16(0)
        : view.getFloat32(0);
  const bits = view.getBigUint64(0) >> BigInt(64 - 8 * size);
  const sign = 1n << BigInt(8 * size - 1);
  return { number, rank: bits & sign ? sign - bits : bits };
}

function slowErrors(
  dtype: NumericDtype,
  reference: NumericData,
  candidate: NumericData,
  { atol, rtol }: Tolerance,
): NumberErrors {
  const isFloat = dtype.includes("float");
  const elements = Array.from({ length: reference.length }, (_, index) => {
    const r = slowElement(dtype, reference, index);
    const c = slowElement(dtype, candidate, index);
    const ranks = Number(r.rank < c.rank ? c.rank - r.rank : r.rank - c.rank);
    const isSame = isFloat ? r.number === c.number || Object.is(r.number, c.number) : ranks === 0;
    const isSpecial = !isSame && !(Number.isFinite(r.number) && Number.isFinite(c.number));
    const distance = isFloat ? Math.abs(c.number - r.number) : ranks;
    const error = isSame ? 0 : isSpecial ? Infinity : distance;
    const size = Number.isFinite(r.number) ? Math.abs(r.number) : 0;
    const allowed = atol + rtol * size;
    return {
      error,
      relative: r.number === 0 ? 0 : error / (size || 1),
      ulp: isSame ? 0 : isSpecial ? Infinity : ranks,
      excess: isSpecial ? Infinity : allowed === Infinity ? -Infinity : error - allowed,
    };
  });
  const largest = (figure: keyof (typeof elements)[number]) =>
    Math.max(...elements.map((element) => element[figure]));
  const sorted = elements.map(({ error }) => error).sort((a, b) => (a < b ? -1 : Number(a > b)));
  const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
  const most = largest("excess");
  return {
    maxAbs: largest("error"),
    maxRel: largest("relative"),
    ...(isFloat && { maxUlp: largest("ulp") }),
    meanAbs: elements.reduce((sum, { error }) => sum + error / elements.length, 0),
    p50Abs: quantile(0.5),
    p90Abs: quantile(0.9),
    p99Abs: quantile(0.99),
    failures: elements.filter(({ excess }) => excess > 0).length,
    worst: elements.findIndex(({ excess }) => excess === most),
  };
}

for (const dtype of NUMBERS) {
  test(`${dtype}: the figures are those of the slow way, whatever the count`, (assert) => {
    for (const count of COUNTS) {
      const [reference, candidate] = randomPair(dtype, count);
      const { meanAbs, ...got } = numberErrors(dtype, reference, candidate, TOLERANCE);
      const { meanAbs: wantedMean, ...wanted } = slowErrors(dtype, reference, candidate, TOLERANCE);
      assert.deepEqual(got, wanted, `${count}`);
      // A sum of floats depends on the order.
      const isNear = Math.abs(meanAbs - wantedMean) <= 1e-12 * wantedMean;
      assert.ok(meanAbs === wantedMean || isNear, `${meanAbs}, not ${wantedMean}`);
    }
  });
}

test("an error and a tolerance that overflow hide no other element", (assert) => {
  const reference = new Float64Array(5000).fill(1);
  const candidate = reference.slice();
  reference[0] = 1e308;
  candidate[0] = -1e308;
  candidate[4500] = 100;
  const { failures, worst } = numberErrors("float64", reference, candidate, { atol: 0, rtol: 10 });
  assert.deepEqual({ failures, worst }, { failures: 1, worst: 4500 });
});
