// Measures the loader in Node, and prints JSON:
//
//   node node.mjs calls BUNDLE       microseconds of a call: ours, and the engine's own
//   node node.mjs decoding BUNDLE    seconds from a frozen graph's file to a ready model, and to read
//                                    the same bytes and copy them twice
//   node node.mjs memory BUNDLE      bytes that a fresh process takes to load a frozen graph, at most,
//                                    and the size of its file

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-web";

import { LoadedArtifact } from "../src/engine.ts";
import { Bundle, FolderSource, load, NODE_ENGINES } from "../src/node.ts";
import { onnxRuntimeCalls, tfjsCalls } from "./calls.ts";
import { answerOnce, choose } from "./loading.ts";
import { peak, startOfPeak } from "./memory.ts";

const ONNX_RUNTIME = choose(NODE_ENGINES, "onnxruntime-web-node/wasm");
const TFJS = choose(NODE_ENGINES, "tfjs-node/cpu");

const ROUNDS = 11;

const MEASURES: Readonly<Record<string, (bundle: string) => Promise<object>>> = {
  async calls(bundle) {
    return {
      onnxruntime: await onnxRuntimeCalls(await load(bundle, { engines: ONNX_RUNTIME }), ort),
      tfjs: await tfjsCalls(await load(bundle, { engines: TFJS })),
    };
  },

  async decoding(folder) {
    const bundle = await Bundle.open(new FolderSource(folder));
    const [artifact] = bundle.artifactsOf("frozen_graph");
    const engine = await TFJS[0]?.make();
    if (!artifact || !engine) throw new Error(`${folder}: has no frozen graph`);
    const read = () => readFile(join(folder, artifact.path));
    const decode = async () => {
      const { signatures } = bundle.manifest;
      (await LoadedArtifact.load(engine, await read(), artifact, signatures)).close();
    };
    const copyTwice = async () => new Uint8Array(new Uint8Array(await read()));
    const [ours, theirs]: [number[], number[]] = [[], []];
    // The first round compiles, and brings the file into the system's cache.
    for (let round = -1; round < ROUNDS; round++) {
      const [our, their] = [await secondsOf(decode), await secondsOf(copyTwice)];
      if (round < 0) continue;
      ours.push(our);
      theirs.push(their);
    }
    return { ours, theirs };
  },

  async memory(bundle) {
    const before = startOfPeak("self");
    const size = await answerOnce(await load(bundle, { engines: TFJS }));
    return { growth: peak("self") - before, size };
  },
};

async function secondsOf(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return (performance.now() - start) / 1000;
}

const [name = "", bundle = ""] = process.argv.slice(2);
const measure = MEASURES[name];
if (!measure) throw new Error(`got '${name}', wanted one of [${Object.keys(MEASURES)}]`);
console.log(JSON.stringify(await measure(bundle)));
