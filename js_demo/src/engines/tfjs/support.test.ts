import { DataType } from "../../contract/generated.ts";
import type { Dtype } from "../../dtypes.ts";
import { UnsupportedError } from "../../errors.ts";
import { functionNamed, graphOf, node, typed } from "../../testing/graphs.ts";
import { test } from "../../testing/test.ts";
import { checkSupport } from "./support.ts";

const HAS = (operator: string) => operator !== "Missing" && operator !== "Absent";

test("lacking operators and dtypes are named at once, those of functions too", (assert) => {
  const body = functionNamed("body", [], [node("n", "Missing")], {});
  const graph = graphOf(
    [
      node("a", "Absent"),
      node("b", "AddV2", [], { T: typed("int64") }),
      node("c", "Mul", [], { T: typed("float64") }),
    ],
    [body],
  );
  assert.throws(
    () => checkSupport(graph, HAS, "tfjs-node/cpu"),
    new UnsupportedError(
      "tfjs-node/cpu lacks operators [Absent, Missing] and dtypes [AddV2 of int64, Mul of float64]; " +
        "use another runtime for this model",
    ),
  );
});

const CARRIED = {
  "values that are handed on": node("n", "Reshape", [], { T: typed("int64") }),
  "values that are compared": node("n", "Less", [], { T: typed("uint8") }),
  indices: node("n", "Sum", [], { T: typed("float32"), Tidx: typed("int64") }),
  "lists of tensors": node("n", "TensorListReserve", [], { element_dtype: typed("float16") }),
  "TensorFlow.js's own objects": node("n", "While", [], {
    T: { list: { type: [DataType.DT_VARIANT, DataType.DT_INT64] } },
  }),
};
for (const [what, draft] of Object.entries(CARRIED)) {
  test(`${what} may be of a carried dtype`, (assert) =>
    assert.equal(checkSupport(graphOf([draft]), HAS, "tfjs"), undefined));
}

const CASTS: [Dtype, Dtype, boolean][] = [
  ["int64", "float32", true],
  ["float16", "float32", true],
  ["int64", "int32", true],
  ["int32", "int64", true],
  ["uint8", "float16", true],
  ["bool", "bfloat16", true],
  ["float16", "float16", true],
  // Saturates in TensorFlow.js, wraps in TensorFlow.
  ["float32", "int64", false],
  ["int32", "uint8", false],
  // Would be rounded.
  ["float32", "float16", false],
  ["int32", "bfloat16", false],
];
for (const [source, target, isExact] of CASTS) {
  test(`a cast of ${source} to ${target} is ${isExact ? "taken" : "refused"}`, (assert) => {
    const graph = graphOf([node("n", "Cast", [], { SrcT: typed(source), DstT: typed(target) })]);
    const check = () => checkSupport(graph, HAS, "tfjs");
    if (isExact) assert.equal(check(), undefined);
    else assert.throws(check, UnsupportedError);
  });
}

test("attributes that TensorFlow.js would misread are refused", (assert) => {
  const einsum = (text: string) =>
    graphOf([node("n", "Einsum", [], { equation: { s: new TextEncoder().encode(text) } })]);
  assert.equal(checkSupport(einsum("aB,Bc->ac"), HAS, "tfjs"), undefined);
  assert.throws(() => checkSupport(einsum("aA,Ab->ab"), HAS, "tfjs"), UnsupportedError);
  const buckets = (count: bigint) =>
    graphOf([node("n", "StringToHashBucketFast", [], { num_buckets: { i: count } })]);
  assert.equal(checkSupport(buckets(2n ** 31n), HAS, "tfjs"), undefined);
  assert.throws(() => checkSupport(buckets(2n ** 31n + 1n), HAS, "tfjs"), UnsupportedError);
});
