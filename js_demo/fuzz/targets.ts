// A target for each kind of input: it reads `bytes`, and throws what should not have happened.

import { Bundle } from "../src/bundle.ts";
import { type CaseFile, RunnerRequest, type Signature } from "../src/contract/generated.ts";
import { encode } from "../src/contract/messages.ts";
import type { Engine } from "../src/engine.ts";
import { signaturesOfFile } from "../src/engines/litert/file.ts";
import { initializersOf, parseGraph, reachablePart } from "../src/engines/tfjs/graph.ts";
import { checkSupport } from "../src/engines/tfjs/support.ts";
import { topologyOf } from "../src/engines/tfjs/topology.ts";
import { ModelParityError } from "../src/errors.ts";
import { readFrames } from "../src/runner/frames.ts";
import { type Machine, Runner } from "../src/runner/runner.ts";
import type { Tensor } from "../src/tensors.ts";
import { bundleOf, MemorySource } from "../src/testing/bundles.ts";

type Target = (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

/** By the name of the folder that has its corpus. */
export const TARGETS: Readonly<Record<string, Target>> = {
  async manifest(bytes) {
    const bundle = await Bundle.open(new MemorySource([["manifest.json", bytes]]));
    for (const { path } of bundle.manifest.files) await refused(() => bundle.read(path));
  },

  async case(bytes) {
    const bundle = await Bundle.open(bundleOf({ [CASE.path]: bytes }));
    await bundle.readCase(CASE);
  },

  async frames(bytes) {
    for await (const _ of readFrames(inPieces(bytes), "the harness")) {
      // They are asked for, and that is all.
    }
  },

  async request(bytes) {
    const runner = new Runner(ECHO, MACHINE);
    await runner.answer(encode(RunnerRequest, { load: LOAD }));
    await runner.answer(bytes);
  },

  async graph(bytes) {
    const graph = parseGraph(bytes, "graph.pb");
    const names = graph.node.map(({ name }) => name);
    const fed = graph.node.filter(({ op }) => op === "Placeholder").map(({ name }) => name);
    initializersOf(graph, names);
    const part = reachablePart(graph, names, new Set(fed), "graph.pb");
    await refused(async () => checkSupport(part, () => true, "tfjs"));
    topologyOf(part);
  },

  async litert(bytes) {
    signaturesOfFile(bytes, "model.tflite");
  },
};

/** Runs a target; an error of ours is an answer. */
export async function refused(call: () => Promise<unknown>) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof ModelParityError)) throw error;
  }
}

const CASE: CaseFile = { signature: "serving_default", name: "two", path: "case.pb" };

const FEW: Signature["inputs"] = [
  { name: "x", dtype: "float32", shape: [-1n], unknownRank: false },
];
const SIGNATURE: Signature = { name: "serving_default", inputs: FEW, outputs: FEW };
const X = [{ name: "x", tensor: "x:0" }];
const LOAD = {
  artifact: { bindings: [{ signature: SIGNATURE.name, inputs: X, outputs: X }] },
  signatures: [SIGNATURE],
  inlineLimit: 2n ** 20n,
};

/** Answers with its inputs. */
const ECHO: Engine = {
  runtime: "echo",
  version: async () => "1",
  load: async () => ({
    run: async ({ outputs }, inputs) => outputs.map(({ name }) => inputs[name] as Tensor),
    close: () => {},
  }),
};

const MACHINE: Machine = {
  readArtifact: async () => new Uint8Array(),
  tensorFiles: () => ({
    read: async (_path, _offset, size) => new Uint8Array(size & 0xff),
    write: async () => "",
  }),
};

async function* inPieces(bytes: Uint8Array) {
  for (let start = 0; start < bytes.byteLength; start += 7) yield bytes.subarray(start, start + 7);
}
