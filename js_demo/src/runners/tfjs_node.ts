// The runner `tfjs-node`: frozen graphs in TensorFlow.js.
//
//   node tfjs_node.mjs [--backend cpu|wasm]

import { parseArgs } from "node:util";

import { makeTfjs, TFJS_BACKENDS } from "../node.ts";
import { serve } from "../runner/serve.ts";

const { values } = parseArgs({ options: { backend: { type: "string", default: "cpu" } } });
const backend = TFJS_BACKENDS.find((name) => name === values.backend);
if (backend) {
  await serve(await makeTfjs(backend));
} else {
  console.error(`--backend: got '${values.backend}', wanted one of [${TFJS_BACKENDS}]`);
  process.exitCode = 2;
}
