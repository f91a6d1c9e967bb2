import { readFileSync } from "node:fs";
import { join } from "node:path";

import { compareOutputs } from "./comparison.ts";
import { arrayTypeOf, type Dtype } from "./dtypes.ts";
import { BundleInvalidError } from "./errors.ts";
import {
  rawOfTensor,
  sizeOf,
  type Tensor,
  tensor,
  tensorFromRaw,
  type Tensors,
} from "./tensors.ts";
import { test } from "./testing/test.ts";

type Shape = readonly number[];
type Element = number | string | { readonly hex: string };

/** The table that the comparisons in Python and C++ are held to as well; its `about` explains it. */
interface Vectors {
  readonly values: readonly {
    readonly name: string;
    readonly dtype: Dtype;
    readonly shape: Shape;
    readonly reference: readonly Element[];
    readonly candidate: readonly Element[];
    readonly atol: number;
    readonly rtol: number;
    readonly expected: {
      readonly match: boolean;
      readonly message: string;
      readonly mean_abs?: unknown;
    };
  }[];
  readonly contracts: readonly {
    readonly name: string;
    readonly reference: Readonly<Record<string, [Dtype, Shape]>>;
    readonly candidate: Readonly<Record<string, [Dtype, Shape]>>;
    readonly message: string;
  }[];
}

const START = process.env.START_FOLDER ?? "..";
const VECTORS: Vectors = JSON.parse(
  readFileSync(join(START, "tests/comparison_vectors.json"), "utf8"),
);

function rawOf(element: Element, dtype: Dtype): Uint8Array {
  if (typeof element === "object") {
    return rawOfTensor(tensor(dtype, [1], [Buffer.from(element.hex, "hex")]));
  }
  if (dtype !== "string" && `${element}`.startsWith("0x")) {
    const bits = new Uint8Array(BigUint64Array.of(BigInt(element)).buffer);
    return bits.subarray(0, arrayTypeOf(dtype).BYTES_PER_ELEMENT);
  }
  if (dtype.endsWith("int64")) return rawOfTensor(tensor(dtype, [1], [BigInt(element)]));
  return rawOfTensor(tensor(dtype, [1], [dtype === "string" ? element : Number(element)]));
}

function tensorOf(elements: readonly Element[], dtype: Dtype, shape: Shape): Tensor {
  const raw = Buffer.concat(elements.map((element) => rawOf(element, dtype)));
  return tensorFromRaw(dtype, shape, raw, "y");
}

/** As the JSON of report.proto writes it: max_abs for maxAbs, "Infinity", 0 for -0. */
function reported(comparison: object): Record<string, unknown> {
  const fields = Object.entries(comparison).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    Number.isFinite(value) || typeof value !== "number" ? value : `${value}`,
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(fields)));
}

test("the table has rows", (assert) => {
  assert.ok(VECTORS.values.length > 0 && VECTORS.contracts.length > 0);
});

for (const row of VECTORS.values) {
  const { dtype, shape, atol, rtol } = row;
  test(`values: ${row.name}`, (assert) => {
    const judgement = compareOutputs(
      { y: tensorOf(row.reference, dtype, shape) },
      { y: tensorOf(row.candidate, dtype, shape) },
      { y: { atol, rtol } },
    );
    const { message, mean_abs: wantedMean, ...wanted } = row.expected;
    assert.equal(judgement.message, message);
    assert.equal(judgement.verdict, wanted.match ? "match" : "mismatch");
    assert.equal(judgement.outputs.length, 1);
    const { failures, mean_abs: mean, ...got } = reported(judgement.outputs[0] as object);
    assert.deepEqual(got, { name: "y", dtype, shape, atol, rtol, ...wanted });
    assert.equal(Number(failures) > 0, !wanted.match);
    // A sum of floats depends on the order.
    const isNear = Math.abs(Number(mean) - Number(wantedMean)) <= 1e-12 * Number(wantedMean);
    assert.ok(isNear || mean === wantedMean, `${mean}, not ${wantedMean}`);
  });
}

for (const row of VECTORS.contracts) {
  test(`contracts: ${row.name}`, (assert) => {
    const [reference, candidate] = [row.reference, row.candidate].map((specs) =>
      Object.fromEntries(
        Object.entries(specs).map(([name, [dtype, shape]]) => [
          name,
          tensorOf(Array<Element>(sizeOf(shape)).fill(dtype === "string" ? "" : 0), dtype, shape),
        ]),
      ),
    ) as [Tensors, Tensors];
    const { verdict, message, outputs } = compareOutputs(reference, candidate);
    assert.deepEqual([verdict, message], ["contract_mismatch", row.message]);
    const specs = outputs.map(({ name, dtype, shape }) => [name, [dtype, shape]] as const);
    assert.deepEqual(Object.fromEntries(specs), row.candidate);
    assert.ok(outputs.every(({ match, maxAbs }) => !match && maxAbs === undefined));
  });
}

const scalar = (dtype: Dtype, value: number) => tensor(dtype, [], [value]);

test("an output without a tolerance has that of its dtype", (assert) => {
  const judged = (dtype: Dtype, wanted: number, got: number) =>
    compareOutputs({ constructor: scalar(dtype, wanted) }, { constructor: scalar(dtype, got) });
  assert.equal(judged("float32", 1, 1.0001).verdict, "match");
  assert.equal(
    judged("float32", 1, 1.001).message,
    "output 'constructor': got 1.00100005, wants 1 within 1e-05 + 0.0001 * |r|; 1 of 1 elements differ",
  );
  assert.equal(judged("int32", 1_000_000, 1_000_001).verdict, "mismatch");
  for (const [dtype, bits] of [
    ["float16", 0x3c00],
    ["bfloat16", 0x3f80],
  ] as const) {
    assert.equal(judged(dtype, bits, bits + 1).verdict, "match", dtype);
  }
  assert.equal(judged("float64", 1, 1 + 2e-9).verdict, "mismatch");
});

test("a tolerance that is negative or NaN is refused", (assert) => {
  const y = { y: scalar("float32", 1) };
  for (const tolerance of [
    { atol: NaN, rtol: 0 },
    { atol: 0, rtol: NaN },
    { atol: -1, rtol: 0 },
  ]) {
    assert.throws(() => compareOutputs(y, y, { y: tolerance }), BundleInvalidError);
  }
});

test("outputs are ordered by name, and the message is of the first that differs", (assert) => {
  const ints = (y: number, a: number, z: number) => ({
    y: scalar("int32", y),
    a: scalar("int32", a),
    z: scalar("int32", z),
  });
  const { message, outputs } = compareOutputs(ints(1, 1, 1), ints(2, 1, 3));
  assert.equal(message, "output 'y': got 2, wants 1 exact; 1 of 1 elements differ");
  assert.deepEqual(
    outputs.map(({ name, failures }) => [name, failures]),
    [
      ["a", 0],
      ["y", 1],
      ["z", 1],
    ],
  );
});

test("a message is one line, whatever the names hold", (assert) => {
  const { message } = compareOutputs({ "a\nb": scalar("int8", 0) }, {});
  assert.equal(message, "got the outputs [], wants ['a\\nb']");
});

test("elements that are missing never match", (assert) => {
  const y = tensor("float32", [2], [0, 0]);
  const { verdict, message } = compareOutputs({ y }, { y: { ...y, data: new Float32Array(1) } });
  assert.deepEqual(
    [verdict, message],
    ["contract_mismatch", "output 'y': got 1 elements, wants 2"],
  );
});
