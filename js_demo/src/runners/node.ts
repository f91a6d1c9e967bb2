// The runners in Node:
//
//   node node.mjs tfjs-node/wasm

import { NODE_ENGINES } from "../node.ts";
import { NODE_MACHINE } from "../runner/files.ts";
import { Runner } from "../runner/runner.ts";
import { serve } from "../runner/serve.ts";

const [runtime] = process.argv.slice(2);
const choice = NODE_ENGINES.find((engine) => engine.runtime === runtime);
if (choice) {
  const runner = new Runner(await choice.make(), NODE_MACHINE);
  process.exitCode = await serve((frame) => runner.answer(frame));
} else {
  const names = NODE_ENGINES.map((engine) => engine.runtime);
  console.error(`runtime: got '${runtime ?? ""}', wanted one of [${names}]`);
  process.exitCode = 2;
}
