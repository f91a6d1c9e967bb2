// Builds the loader for those who embed it: modelparity.js for pages and node.mjs for Node, with the
// engines and their WebAssembly beside them.
//
//   node build/library.js OUTPUT_FOLDER

import { buildForBrowsers } from "./browser.js";
import { bundle } from "./node.js";

const [output] = process.argv.slice(2);
await buildForBrowsers(output, "src", "src/browser.ts", { name: "modelparity" });
await bundle(output, ["src/node.ts"]);
