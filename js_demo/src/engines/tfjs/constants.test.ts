import { DataType } from "../../contract/generated.ts";
import type { NodeDef, TensorProto } from "../../contract/generated_graph.ts";
import type { Draft } from "../../contract/messages.ts";
import { ArtifactInvalidError, UnsupportedError } from "../../errors.ts";
import { constant, graphBytes, graphOf, node } from "../../testing/graphs.ts";
import { test } from "../../testing/test.ts";
import { constantOf } from "./constants.ts";
import { parseGraph } from "./graph.ts";

function constantNode(tensor: Draft<TensorProto>): NodeDef {
  const [result] = graphOf([node("c", "Const", [], { value: { tensor } })]).node;
  return result as NodeDef;
}

const SHAPE = { dim: [{ size: 3n }] };

const FIELDS: [string, Draft<TensorProto>, unknown[]][] = [
  ["bool", { dtype: DataType.DT_BOOL, boolVal: [true, false] }, [1, 0, 0]],
  ["uint8", { dtype: DataType.DT_UINT8, intVal: [255] }, [255, 255, 255]],
  ["uint16", { dtype: DataType.DT_UINT16, intVal: [65535] }, [65535, 65535, 65535]],
  ["uint32", { dtype: DataType.DT_UINT32, uint32Val: [1, 2, 2 ** 32 - 1] }, [1, 2, 2 ** 32 - 1]],
  [
    "uint64",
    { dtype: DataType.DT_UINT64, uint64Val: [2n ** 64n - 1n] },
    Array(3).fill(2n ** 64n - 1n),
  ],
  ["int8", { dtype: DataType.DT_INT8, intVal: [-128, 5] }, [-128, 5, 5]],
  ["int16", { dtype: DataType.DT_INT16, intVal: [-1] }, [-1, -1, -1]],
  ["int32", { dtype: DataType.DT_INT32, intVal: [] }, [0, 0, 0]],
  ["int64", { dtype: DataType.DT_INT64, int64Val: [-(2n ** 63n), 1n] }, [-(2n ** 63n), 1n, 1n]],
  ["float16", { dtype: DataType.DT_HALF, halfVal: [0x3c00] }, [0x3c00, 0x3c00, 0x3c00]],
  ["bfloat16", { dtype: DataType.DT_BFLOAT16, halfVal: [0x3f80] }, [0x3f80, 0x3f80, 0x3f80]],
  ["float32", { dtype: DataType.DT_FLOAT, floatVal: [1.5, 2] }, [1.5, 2, 2]],
  ["float64", { dtype: DataType.DT_DOUBLE, doubleVal: [0.1] }, [0.1, 0.1, 0.1]],
];
for (const [dtype, proto, wanted] of FIELDS) {
  test(`${dtype} in its own field: the last value is repeated`, (assert) => {
    const got = constantOf(constantNode({ tensorShape: SHAPE, ...proto }));
    assert.equal(got.dtype, dtype);
    assert.deepEqual(got.shape, [3]);
    assert.deepEqual(Array.from(got.data as ArrayLike<unknown>), wanted);
  });
}

test("strings are bytes, repeated as well", (assert) => {
  const bytes = Uint8Array.of(0xff, 0);
  const { data } = constantOf(
    constantNode({ dtype: DataType.DT_STRING, tensorShape: SHAPE, stringVal: [bytes] }),
  );
  assert.deepEqual(
    (data as Uint8Array[]).map((value) => [...value]),
    [
      [255, 0],
      [255, 0],
      [255, 0],
    ],
  );
});

test("a scalar and an empty constant", (assert) => {
  const scalar = constantOf(constantNode({ dtype: DataType.DT_FLOAT, floatVal: [7] }));
  assert.deepEqual([scalar.shape, Array.from(scalar.data as Float32Array)], [[], [7]]);
  const empty = constantOf(
    constantNode({ dtype: DataType.DT_FLOAT, tensorShape: { dim: [{ size: 0n }] } }),
  );
  assert.deepEqual([empty.shape, empty.data.length], [[0], 0]);
});

test("raw content is a view into the file, wherever it starts", (assert) => {
  for (const padding of ["", "p", "pp", "ppp"]) {
    const nodes = [
      constant(`first${padding}`, "float32", [2], [1, 2]),
      constant(
        "second",
        "int32",
        [300],
        Array.from({ length: 300 }, (_, index) => index - 150),
      ),
    ];
    const bytes = graphBytes(nodes);
    const graph = parseGraph(bytes, "graph");
    const [first, second] = graph.node.map(constantOf);
    assert.equal(first?.data instanceof Float32Array && first.data.buffer, bytes.buffer);
    assert.deepEqual(Array.from(first?.data as Float32Array), [1, 2]);
    assert.deepEqual(
      Array.from(second?.data as Int32Array),
      Array.from({ length: 300 }, (_, index) => index - 150),
    );
  }
});

test("content that is not of the shape's size is invalid", (assert) => {
  const wrong = { dtype: DataType.DT_FLOAT, tensorShape: SHAPE };
  const content = { ...wrong, tensorContent: new Uint8Array(8) };
  assert.throws(() => constantOf(constantNode(content)), ArtifactInvalidError);
  const values = { ...wrong, floatVal: [1, 2, 3, 4] };
  assert.throws(() => constantOf(constantNode(values)), ArtifactInvalidError);
  assert.throws(
    () => constantOf(graphOf([node("c", "Const")]).node[0] as NodeDef),
    ArtifactInvalidError,
  );
});

test("a dtype that no tensor can have is named", (assert) =>
  assert.throws(
    () => constantOf(constantNode({ dtype: DataType.DT_COMPLEX64 })),
    UnsupportedError,
  ));

test("a value that stands for more elements than memory holds is refused", (assert) => {
  const tensorShape = { dim: [{ size: 2n ** 40n }] };
  const splat = constantNode({ dtype: DataType.DT_FLOAT, tensorShape, floatVal: [1] });
  assert.throws(() => constantOf(splat), ArtifactInvalidError);
  const texts = constantNode({ dtype: DataType.DT_STRING, tensorShape });
  assert.throws(() => constantOf(texts), ArtifactInvalidError);
});

test("a shape with a negative dimension is refused", (assert) => {
  const tensorShape = { dim: [{ size: -1n }, { size: -1n }] };
  const negative = constantNode({ dtype: DataType.DT_FLOAT, tensorShape, floatVal: [1] });
  assert.throws(() => constantOf(negative), ArtifactInvalidError);
});
