// What a call costs through the loader and without it: the same model, the same input, in turns.

import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import type * as ort from "onnxruntime-web/wasm";

import { parseGraph } from "../src/engines/tfjs/graph.ts";
import { topologyOf } from "../src/engines/tfjs/topology.ts";
import type { Model } from "../src/index.ts";
import { sizeOf } from "../src/tensors.ts";
import { answerOnce, inputShape } from "./loading.ts";

/** Microseconds of a call in each round. */
export interface Calls {
  readonly ours: number[];
  readonly theirs: number[];
}

/** One call, from values to values. */
type Call = (values: Float32Array) => Promise<Float32Array>;

/** What both sides know of the model: its artifact, and the names of its input and output there. */
interface Subject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly shape: readonly number[];
  readonly input: string;
  readonly output: string;
}

const SIGNATURE = "serving_default";
const ROUNDS = 15;
/** Of each side in a round, of which the median counts. */
const TURNS = 40;
/** Long for the clock, and so short that most turns are over before anything disturbs them. */
const TURN_MILLISECONDS = 1.5;

/** `library` is the one that the model runs in. */
export async function onnxRuntimeCalls(model: Model, library: typeof ort): Promise<Calls> {
  const { bytes, shape, input, output } = await subjectOf(model);
  const ours = await callOf(model, shape);
  const session = await library.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  return compare(shape, ours, async (values) => {
    const feeds = { [input]: new library.Tensor("float32", values, shape) };
    const results = await session.run(feeds, [output]);
    return (results[output] as ort.Tensor).data as Float32Array;
  });
}

export async function tfjsCalls(model: Model): Promise<Calls> {
  const { bytes, shape, input, output } = await subjectOf(model);
  const ours = await callOf(model, shape);
  const { graph, constants } = topologyOf(parseGraph(bytes, SIGNATURE));
  const weights = [...constants].map(([name, { data, shape }]) => [
    name,
    tf.tensor(data as Float32Array, [...shape]),
  ]);
  const artifacts = { modelTopology: graph, weightSpecs: [], weightData: new ArrayBuffer(0) };
  const decodeWeights = () => Object.fromEntries(weights);
  const plain = await loadGraphModel(tf.io.fromMemory(artifacts), {}, { ...tf.io, decodeWeights });
  return compare(shape, ours, async (values) => {
    const x = tf.tensor(values, [...shape]);
    const y = plain.execute({ [input.replace(":0", "")]: x }, output) as tf.Tensor;
    const result = (await y.data()) as Float32Array;
    tf.dispose([x, y]);
    return result;
  });
}

async function subjectOf({ bundle, format }: Model): Promise<Subject> {
  const [signature] = bundle.manifest.signatures;
  const [artifact] = bundle.artifactsOf(format);
  const [binding] = artifact?.bindings ?? [];
  const [input] = binding?.inputs ?? [];
  const [output] = binding?.outputs ?? [];
  if (!signature || !artifact || !input || !output) {
    throw new Error(`${bundle.name}: not a model to compare`);
  }
  const bytes = await bundle.read(artifact.path);
  return { bytes, shape: inputShape(signature), input: input.tensor, output: output.tensor };
}

/** Once the loader has set everything up. */
async function callOf(model: Model, shape: readonly number[]): Promise<Call> {
  await answerOnce(model);
  return async (values) => {
    const { y } = await model.run(SIGNATURE, { x: { dtype: "float32", shape, data: values } });
    return y?.data as Float32Array;
  };
}

async function compare(shape: readonly number[], ours: Call, theirs: Call): Promise<Calls> {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, index) => index % 7);
  const [got, wanted] = [await ours(values), await theirs(values)];
  if (got.length === 0 || `${got}` !== `${wanted}`) throw new Error(`got ${got}, not ${wanted}`);
  const result: Calls = { ours: [], theirs: [] };
  // The first rounds are for the compiler.
  for (let round = -5; round < ROUNDS; round++) {
    const [our, their]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < TURNS; turn++) {
      our.push(await microseconds(ours, values));
      their.push(await microseconds(theirs, values));
    }
    if (round < 0) continue;
    result.ours.push(median(our));
    result.theirs.push(median(their));
  }
  return result;
}

/** Of a call, by as many as fit into a turn. */
async function microseconds(call: Call, values: Float32Array): Promise<number> {
  const start = performance.now();
  let [calls, elapsed] = [0, 0];
  while (elapsed < TURN_MILLISECONDS) {
    for (let index = 0; index < 20; index++) await call(values);
    calls += 20;
    elapsed = performance.now() - start;
  }
  return (elapsed * 1000) / calls;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] as number;
}
