// Every graph here has an answer that can be worked out by hand.

import { memory } from "@tensorflow/tfjs-core";

import type { Artifact, Signature } from "../../contract/generated.ts";
import type { FunctionDef, NodeDef } from "../../contract/generated_graph.ts";
import type { Draft } from "../../contract/messages.ts";
import type { Dtype } from "../../dtypes.ts";
import { LoadedArtifact } from "../../engine.ts";
import { ArtifactInvalidError, RunFailedError, UnsupportedError } from "../../errors.ts";
import { type Tensors, tensor } from "../../tensors.ts";
import {
  constant,
  functionNamed,
  graphBytes,
  HALF_PLUS_TWO_GRAPH,
  node,
  placeholder,
  signatureOf,
  typed,
} from "../../testing/graphs.ts";
import { test } from "../../testing/test.ts";
import { CPU_BACKEND } from "./backends.ts";
import { TfjsEngine } from "./engine.ts";

const ENGINE = new TfjsEngine("test", CPU_BACKEND);
const FLOAT = { T: typed("float32") };

interface Graph {
  nodes: Draft<NodeDef>[];
  functions?: Draft<FunctionDef>[];
  inputs: Record<string, Dtype>;
  outputs: Record<string, Dtype>;
  initializers?: string[];
}

function loadGraph({ nodes, functions = [], inputs, outputs, initializers = [] }: Graph) {
  const { artifact, signature } = signatureOf(inputs, outputs);
  return loadBytes(graphBytes(nodes, functions), { ...artifact, initializers }, signature);
}

function loadBytes(bytes: Uint8Array<ArrayBuffer>, artifact: Artifact, signature: Signature) {
  return LoadedArtifact.load(ENGINE, bytes, artifact, [signature]);
}

/** Runs twice, since state that a first run leaves behind shows in the second one only. */
async function answer(graph: Graph, inputs: Tensors): Promise<unknown> {
  const loaded = await loadGraph(graph);
  await loaded.run("serving_default", inputs);
  const before = memory().numTensors;
  const outputs = await loaded.run("serving_default", inputs);
  if (memory().numTensors !== before) throw new Error("a run leaves tensors behind");
  await loaded.close();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { shape, data }]) => [
      name,
      [shape, Array.from(data as ArrayLike<unknown>)],
    ]),
  );
}

test("y = x / 2 + 2", async (assert) => {
  const { artifact, signature } = signatureOf({ x: "float32" }, { y: "float32" });
  const loaded = await loadBytes(new Uint8Array(HALF_PLUS_TWO_GRAPH), artifact, signature);
  for (const [shape, values, wanted] of [
    [[2], [1, -4], [2.5, 0]],
    [[], [0], [2]],
    [[0, 3], [], []],
  ] as const) {
    const outputs = await loaded.run("serving_default", {
      x: tensor("float32", shape, values),
    });
    assert.deepEqual(outputs.y?.shape, shape);
    assert.deepEqual(Array.from(outputs.y?.data as Float32Array), wanted);
  }
});

test("several outputs, one of them twice, an input and a constant as they are", async (assert) => {
  const graph = {
    nodes: [
      placeholder("x", "float32"),
      placeholder("unused", "float32"),
      constant("axis", "int32", [], [0]),
      node("parts", "Split", ["axis", "x"], { num_split: { i: 2n }, ...FLOAT }),
      node("a", "Identity", ["parts:1"], FLOAT),
      node("b", "Identity", ["parts"], FLOAT),
      constant("c", "int64", [1], [5n]),
      node("again", "Identity", ["parts:1"], FLOAT),
    ],
    inputs: { unused: "float32", x: "float32" },
    outputs: { a: "float32", again: "float32", b: "float32", c: "int64", x: "float32" },
  } as const;
  const inputs = { unused: tensor("float32", [], [0]), x: tensor("float32", [2], [1, 2]) };
  assert.deepEqual(await answer(graph as never, inputs), {
    a: [[1], [2]],
    again: [[1], [2]],
    b: [[1], [1]],
    c: [[1], [5n]],
    x: [[2], [1, 2]],
  });
});

test("a tensor in the middle of the graph can be fed", async (assert) => {
  const graph: Graph = {
    nodes: [
      node("unknown", "ParseExample"),
      node("x", "Identity", ["unknown"], FLOAT),
      node("y", "Neg", ["x"], FLOAT),
    ],
    inputs: { x: "float32" },
    outputs: { y: "float32" },
  };
  assert.deepEqual(await answer(graph, { x: tensor("float32", [1], [3]) }), { y: [[1], [-3]] });
});

for (const dtype of ["uint8", "int64", "float16", "bfloat16", "string", "bool"] as const) {
  test(`${dtype} passes through`, async (assert) => {
    const graph: Graph = {
      nodes: [placeholder("x", dtype), node("y", "Identity", ["x"], { T: typed(dtype) })],
      inputs: { x: dtype },
      outputs: { y: dtype },
    };
    const x = tensor(dtype, [1], [dtype === "int64" ? 1n : dtype === "string" ? "\0é" : 1]);
    assert.deepEqual(await answer(graph, { x }), { y: [[1], Array.from(x.data as never)] });
  });
}

const BRANCHES: Graph = {
  nodes: [
    placeholder("x", "float32"),
    constant("zero", "float32", [], [0]),
    node("isPositive", "Greater", ["x", "zero"], FLOAT),
    node("switch", "Switch", ["isPositive", "isPositive"], { T: typed("bool") }),
    node("then", "Identity", ["switch:1"], { T: typed("bool") }),
    node("else", "Identity", ["switch:0"], { T: typed("bool") }),
    node("thenNoOp", "NoOp", ["^then"]),
    constant("seven", "float32", [], [7], ["^thenNoOp"]),
    constant("eight", "float32", [], [8], ["^else"]),
    node("sevenAgain", "Identity", ["seven"], FLOAT),
    node("y", "Merge", ["eight", "sevenAgain"], FLOAT),
  ],
  inputs: { x: "float32" },
  outputs: { y: "float32" },
};
for (const [x, wanted] of [
  [1, 7],
  [-1, 8],
] as const) {
  test(`v1 branches of constants: ${x} gives ${wanted}`, async (assert) =>
    assert.deepEqual(await answer(BRANCHES, { x: tensor("float32", [], [x]) }), {
      y: [[], [wanted]],
    }));
}

test("a v1 loop with a constant of its own: 3 rounds of x = 2 x + 1", async (assert) => {
  const enter = (isConstant: boolean) => ({
    ...FLOAT,
    frame_name: { s: new TextEncoder().encode("loop") },
    is_constant: { b: isConstant },
  });
  const graph: Graph = {
    nodes: [
      placeholder("x", "float32"),
      constant("two", "float32", [], [2]),
      constant("limit", "float32", [], [8]),
      node("enterX", "Enter", ["x"], enter(false)),
      node("enterTwo", "Enter", ["two"], enter(true)),
      node("merge", "Merge", ["enterX", "next"], FLOAT),
      node("less", "Less", ["merge", "limit"], FLOAT),
      node("cond", "LoopCond", ["less"]),
      node("switch", "Switch", ["merge", "cond"], FLOAT),
      node("round", "Identity", ["switch:1"], FLOAT),
      node("twoHere", "Identity", ["enterTwo", "^round"], FLOAT),
      node("double", "Mul", ["round", "twoHere"], FLOAT),
      constant("one", "float32", [], [1], ["^round"]),
      node("sum", "AddV2", ["double", "one"], FLOAT),
      node("next", "NextIteration", ["sum"], FLOAT),
      node("y", "Exit", ["switch"], FLOAT),
    ],
    inputs: { x: "float32" },
    outputs: { y: "float32" },
  };
  assert.deepEqual(await answer(graph, { x: tensor("float32", [], [1]) }), { y: [[], [15]] });
});

const CALLED = { func: (name: string) => ({ func: { name } }) };

test("While and If with functions: constants of one name, two results of one node", async (assert) => {
  const types = { T: { list: { type: [1, 1, 1] as never } } };
  const graph: Graph = {
    nodes: [
      placeholder("x", "float32"),
      constant("zero", "float32", [1], [0]),
      node("loop", "StatelessWhile", ["zero", "x", "x"], {
        ...types,
        cond: CALLED.func("cond"),
        body: CALLED.func("body"),
      }),
      node("a", "Identity", ["loop:1"], FLOAT),
      node("b", "Identity", ["loop:2"], FLOAT),
    ],
    functions: [
      functionNamed(
        "cond",
        ["i", "p", "q"],
        [
          constant("c", "float32", [], [2]),
          node("less", "Less", ["i", "c:output:0"], FLOAT),
          constant("axis", "int32", [1], [0]),
          node("all", "All", ["less:z:0", "axis:output:0"]),
        ],
        { go: "all:output:0" },
      ),
      functionNamed(
        "body",
        ["i", "p", "q"],
        [
          constant("c", "float32", [], [1]),
          node("inc", "AddV2", ["i", "c:output:0"], FLOAT),
          constant("k", "int32", [], [1]),
          node("both", "ConcatV2", ["p", "q", "axis:output:0"], FLOAT),
          constant("axis", "int32", [], [0]),
          constant("bias", "float32", [2], [0, 1]),
          node("biased", "AddV2", ["both:output:0", "bias:output:0"], FLOAT),
          node("parts", "Split", ["axis:output:0", "biased:z:0"], {
            num_split: { i: 2n },
            ...FLOAT,
          }),
          node("top", "TopKV2", ["parts:output:1", "k:output:0"], {
            sorted: { b: true },
            ...FLOAT,
          }),
        ],
        { i: "inc:z:0", p: "top:values:0", q: "parts:output:0" },
      ),
    ],
    inputs: { x: "float32" },
    outputs: { a: "float32", b: "float32" },
  };
  // (p, q) becomes (q + 1, p), twice.
  assert.deepEqual(await answer(graph, { x: tensor("float32", [1], [10]) }), {
    a: [[1], [11]],
    b: [[1], [11]],
  });
});

test("a function that is not there, and an output that is not there", async (assert) => {
  const graph = (op: string, input: string): Graph => ({
    nodes: [
      placeholder("x", "float32"),
      node("y", op, [input], { body: CALLED.func("none"), ...FLOAT }),
    ],
    inputs: { x: "float32" },
    outputs: { y: "float32" },
  });
  await assert.rejects(loadGraph(graph("StatelessWhile", "x")), ArtifactInvalidError);
  await assert.rejects(loadGraph(graph("Neg", "none")), ArtifactInvalidError);
});

test("a table is filled by its initializer", async (assert) => {
  const table = { key_dtype: typed("int64"), value_dtype: typed("float32") };
  const graph: Graph = {
    nodes: [
      placeholder("x", "int64"),
      node("table", "HashTableV2", [], table),
      constant("keys", "int64", [2], [1n, 2n]),
      constant("values", "float32", [2], [10, 20]),
      node("fill", "LookupTableImportV2", ["table", "keys", "values"], {
        Tin: typed("int64"),
        Tout: typed("float32"),
      }),
      node("init", "NoOp", ["^fill"]),
      constant("absent", "float32", [], [-1]),
      node("y", "LookupTableFindV2", ["table", "x", "absent"], {
        Tin: typed("int64"),
        Tout: typed("float32"),
      }),
    ],
    inputs: { x: "int64" },
    outputs: { y: "float32" },
    initializers: ["init"],
  };
  const loaded = await loadGraph(graph);
  const outputs = await loaded.run("serving_default", {
    x: tensor("int64", [3], [2n, 3n, 1n]),
  });
  assert.deepEqual(Array.from(outputs.y?.data as Float32Array), [20, -1, 10]);
});

test("what TensorFlow.js would get wrong in silence is refused", async (assert) => {
  const graph = (op: string, dtype: Dtype): Graph => ({
    nodes: [placeholder("x", dtype), node("y", op, ["x"], { T: typed(dtype) })],
    inputs: { x: dtype },
    outputs: { y: dtype },
  });
  await assert.rejects(loadGraph(graph("Neg", "int64")), UnsupportedError);
  await assert.rejects(loadGraph(graph("Neg", "float64")), UnsupportedError);
  await assert.rejects(loadGraph(graph("Neg", "float16")), UnsupportedError);
  await assert.rejects(loadGraph(graph("StaticRegexReplace", "string")), UnsupportedError);
  await assert.rejects(loadGraph(graph("Betainc", "float32")), UnsupportedError);
});

test("Erfc, and FloorDiv of either type", async (assert) => {
  const nodes = [
    placeholder("f", "float32"),
    placeholder("i", "int32"),
    constant("two", "float32", [], [2]),
    constant("three", "int32", [], [3]),
    node("erfc", "Erfc", ["f"], FLOAT),
    node("halves", "FloorDiv", ["f", "two"], FLOAT),
    node("thirds", "FloorDiv", ["i", "three"], { T: typed("int32") }),
  ];
  const graph: Graph = {
    nodes,
    inputs: { f: "float32", i: "int32" },
    outputs: { erfc: "float32", halves: "float32", thirds: "int32" },
  };
  const inputs = { f: tensor("float32", [2], [0, -9]), i: tensor("int32", [2], [-7, 7]) };
  assert.deepEqual(await answer(graph, inputs), {
    erfc: [[2], [1, 2]],
    halves: [[2], [0, -5]],
    thirds: [[2], [-3, 2]],
  });
});

test("sums and products along an axis counted from the end", async (assert) => {
  const backwards = { ...FLOAT, exclusive: { b: true }, reverse: { b: true } };
  const nodes = [
    placeholder("x", "float32"),
    constant("columns", "int32", [], [-2]),
    constant("rows", "int32", [], [-1]),
    constant("first", "int32", [], [0]),
    node("down", "Cumsum", ["x", "columns"], FLOAT),
    node("along", "Cumprod", ["x", "rows"], FLOAT),
    node("back", "Cumsum", ["x", "rows"], backwards),
    node("same", "Cumsum", ["x", "first"], FLOAT),
  ];
  const graph: Graph = {
    nodes,
    inputs: { x: "float32" },
    outputs: { along: "float32", back: "float32", down: "float32", same: "float32" },
  };
  const x = tensor("float32", [2, 3], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await answer(graph, { x }), {
    along: [
      [2, 3],
      [1, 2, 6, 4, 20, 120],
    ],
    back: [
      [2, 3],
      [5, 3, 0, 11, 6, 0],
    ],
    down: [
      [2, 3],
      [1, 2, 3, 5, 7, 9],
    ],
    same: [
      [2, 3],
      [1, 2, 3, 5, 7, 9],
    ],
  });
});

test("truths as numbers", async (assert) => {
  const nodes = [
    placeholder("x", "bool"),
    node("f", "Cast", ["x"], { SrcT: typed("bool"), DstT: typed("float32") }),
    node("i", "Cast", ["x"], { SrcT: typed("bool"), DstT: typed("int32") }),
  ];
  const outputs = { f: "float32", i: "int32" } as const;
  const loaded = await loadGraph({ nodes, inputs: { x: "bool" }, outputs });
  const { f, i } = await loaded.run("serving_default", { x: tensor("bool", [2], [1, 0]) });
  assert.deepEqual(f?.data, Float32Array.of(1, 0));
  assert.deepEqual(i?.data, Int32Array.of(1, 0));
  await loaded.close();
});

test("bands, one-hot vectors, and rows of batches", async (assert) => {
  const nodes = [
    placeholder("x", "float32"),
    placeholder("i", "int32"),
    ...[-1, 0, 1, 2].map((value) => constant(`c${value}`, "int32", [], [value])),
    constant("on", "float32", [], [5]),
    constant("off", "float32", [], [-1]),
    node("lower", "MatrixBandPart", ["x", "c-1", "c0"], FLOAT),
    node("upper", "MatrixBandPart", ["x", "c0", "c1"], FLOAT),
    node("hot", "OneHot", ["i", "c2", "on", "off"], FLOAT),
    node("hot_first", "OneHot", ["i", "c2", "on", "off"], { ...FLOAT, axis: { i: 0n } }),
    node("rows", "GatherV2", ["x", "i", "c1"], {
      Tparams: typed("float32"),
      batch_dims: { i: 1n },
    }),
    node("plain", "GatherV2", ["x", "i", "c-1"], { Tparams: typed("float32") }),
  ];
  const outputs = Object.fromEntries(
    ["hot", "hot_first", "lower", "plain", "rows", "upper"].map((name) => [name, "float32"]),
  ) as Record<string, Dtype>;
  const graph: Graph = { nodes, inputs: { x: "float32", i: "int32" }, outputs };
  const x = tensor("float32", [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await answer(graph, { x, i: tensor("int32", [3, 1], [2, 0, 1]) }), {
    hot: [
      [3, 1, 2],
      [-1, -1, 5, -1, -1, 5],
    ],
    hot_first: [
      [2, 3, 1],
      [-1, 5, -1, -1, -1, 5],
    ],
    lower: [
      [3, 3],
      [1, 0, 0, 4, 5, 0, 7, 8, 9],
    ],
    plain: [
      [3, 3, 1],
      [3, 1, 2, 6, 4, 5, 9, 7, 8],
    ],
    rows: [
      [3, 1],
      [3, 4, 8],
    ],
    upper: [
      [3, 3],
      [1, 2, 0, 0, 5, 6, 0, 0, 9],
    ],
  });
  const nothing = { x: tensor("float32", [0, 3], []), i: tensor("int32", [0, 1], []) };
  assert.deepEqual(await answer(graph, nothing), {
    hot: [[0, 1, 2], []],
    hot_first: [[2, 0, 1], []],
    lower: [[0, 3], []],
    plain: [[0, 0, 1], []],
    rows: [[0, 1], []],
    upper: [[0, 3], []],
  });
  const outside = loadGraph(graph).then((loaded) =>
    loaded.run("serving_default", { x, i: tensor("int32", [3, 1], [2, 3, 1]) }),
  );
  await assert.rejects(outside, RunFailedError);
});

test("rows of batches along an axis in the middle, and of nothing", async (assert) => {
  const graph: Graph = {
    nodes: [
      placeholder("x", "float32"),
      placeholder("i", "int64"),
      constant("axis", "int32", [], [-2]),
      node("y", "GatherV2", ["x", "i", "axis"], {
        Tparams: typed("float32"),
        Tindices: typed("int64"),
        batch_dims: { i: 1n },
      }),
    ],
    inputs: { x: "float32", i: "int64" },
    outputs: { y: "float32" },
  };
  const numbers = Array.from({ length: 24 }, (_, place) => place);
  const x = tensor("float32", [2, 2, 3, 2], numbers);
  assert.deepEqual(await answer(graph, { x, i: tensor("int64", [2, 2], [2n, 0n, 1n, 1n]) }), {
    y: [
      [2, 2, 2, 2],
      [4, 5, 0, 1, 10, 11, 6, 7, 14, 15, 14, 15, 20, 21, 20, 21],
    ],
  });
  const nothing = { x: tensor("float32", [0, 2, 3, 2], []), i: tensor("int64", [0, 2], []) };
  assert.deepEqual(await answer(graph, nothing), { y: [[0, 2, 2, 2], []] });
  // A row of the next batch.
  const outside = { x, i: tensor("int64", [2, 2], [3n, 0n, 1n, 1n]) };
  await assert.rejects(answer(graph, outside), RunFailedError);
});

test("a file that is no graph, and one that was cut off", async (assert) => {
  const { artifact, signature } = signatureOf({ x: "float32" }, { y: "float32" });
  for (const bytes of [
    new Uint8Array(),
    Uint8Array.of(255, 255),
    new Uint8Array(HALF_PLUS_TWO_GRAPH.subarray(0, -5)),
  ]) {
    await assert.rejects(loadBytes(bytes, artifact, signature), ArtifactInvalidError);
  }
});

test("what is given out belongs to the caller, be it a constant or an input", async (assert) => {
  const loaded = await loadGraph({
    nodes: [
      placeholder("x", "float32"),
      constant("weight", "float32", [2], [3, 4]),
      node("same", "Identity", ["x"], FLOAT),
      node("fixed", "Identity", ["weight"], FLOAT),
    ],
    inputs: { x: "float32" },
    outputs: { same: "float32", fixed: "float32" },
  });
  const x = tensor("float32", [2], [1, 2]);
  for (const _ of [1, 2]) {
    const { same, fixed } = await loaded.run("serving_default", { x });
    assert.deepEqual(same?.data, Float32Array.of(1, 2));
    assert.deepEqual(fixed?.data, Float32Array.of(3, 4));
    (same?.data as Float32Array).fill(9);
    (fixed?.data as Float32Array).fill(9);
  }
  await loaded.close();
});

test("a load that fails leaves no weight behind", async (assert) => {
  const before = memory().numTensors;
  const failing = loadGraph({
    nodes: [
      constant("good", "float32", [1], [1]),
      constant("far", "int64", [1], [2n ** 40n]),
      node("a", "Identity", ["good"], FLOAT),
      node("b", "Identity", ["far"], { T: typed("int64") }),
    ],
    inputs: {},
    outputs: { a: "float32", b: "int64" },
  });
  await assert.rejects(failing, UnsupportedError);
  assert.equal(memory().numTensors, before);
});

test("a closed model is not run", async (assert) => {
  const { artifact, signature } = signatureOf({ x: "float32" }, { y: "float32" });
  const loaded = await loadBytes(new Uint8Array(HALF_PLUS_TWO_GRAPH), artifact, signature);
  const x = tensor("float32", [1], [2]);
  const underWay = loaded.run("serving_default", { x });
  const closed = loaded.close();
  const later = loaded.run("serving_default", { x });
  assert.deepEqual((await underWay).y?.data, Float32Array.of(3));
  await assert.rejects(later, RunFailedError);
  await closed;
});
