// Bundles a program of ours, such as an example.
//
//   node build/program.js ENTRY.ts... OUTPUT_FOLDER

import { bundle } from "./node.js";

const entries = process.argv.slice(2);
const output = entries.pop();
await bundle(output, entries);
