// The runner `tfjs-node`: frozen graphs in TensorFlow.js.
//
//   node tfjs_node.mjs [--backend cpu|wasm]

import { parseArgs } from "node:util";

import { CPU_BACKEND, wasmBackend } from "../engines/tfjs/backends.ts";
import { TfjsEngine } from "../engines/tfjs/engine.ts";
import { serve } from "../runner/serve.ts";

const BACKENDS = { cpu: CPU_BACKEND, wasm: wasmBackend() };

const { values } = parseArgs({ options: { backend: { type: "string", default: "cpu" } } });
if (!Object.hasOwn(BACKENDS, values.backend)) {
  console.error(`--backend: got '${values.backend}', wanted one of [${Object.keys(BACKENDS)}]`);
  process.exit(2);
}
await serve(new TfjsEngine("tfjs-node", BACKENDS[values.backend as keyof typeof BACKENDS]));
