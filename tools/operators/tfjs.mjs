// Prints what TensorFlow.js says of itself: the operators that its converter knows, and the kernels that each
// backend registers.
//
//   node tfjs.mjs NODE_MODULES

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [folder] = process.argv.slice(2);
const require = createRequire(`${resolve(folder)}/`);

const tf = require("@tensorflow/tfjs-core");
const BACKENDS = ["cpu", "wasm", "webgl"];
for (const backend of BACKENDS) require(`@tensorflow/tfjs-backend-${backend}`);
const kernels = Object.fromEntries(
  BACKENDS.map((backend) => [
    backend,
    tf
      .getKernelsForBackend(backend)
      .map(({ kernelName }) => kernelName)
      .sort(),
  ]),
);

const lists = join(resolve(folder), "@tensorflow/tfjs-converter/dist/operations/op_list");
const operators = readdirSync(lists)
  .filter((file) => file.endsWith(".js") && !file.endsWith("_test.js"))
  .flatMap((file) => require(join(lists, file)).json)
  .map(({ tfOpName }) => tfOpName)
  .sort();
console.log(JSON.stringify({ version: tf.version_core, operators, kernels }));
