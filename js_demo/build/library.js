// Builds the loader for those who embed it: modelparity.js for pages and node.mjs for Node, with their
// types, the engines and their WebAssembly beside them.
//
//   node build/library.js OUTPUT_FOLDER

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildForBrowsers } from "./browser.js";
import { bundle } from "./node.js";

const [output] = process.argv.slice(2);
await buildForBrowsers(output, "src", "src/browser.ts", { name: "modelparity" });
await bundle(output, ["src/node.ts"]);

const compiler = "node_modules/typescript/bin/tsc";
const types = join(output, "types");
execFileSync(process.execPath, [compiler, "-p", "build/declarations.json", "--outDir", types], {
  stdio: "inherit",
});
writeFileSync(join(output, "modelparity.d.ts"), 'export * from "./types/browser.js";\n');
writeFileSync(join(output, "node.d.mts"), 'export * from "./types/node.js";\n');
