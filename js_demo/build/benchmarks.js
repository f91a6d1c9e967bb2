// Builds the programs that measure, and the pages that they open.
//
//   node build/benchmarks.js OUTPUT_FOLDER

import { cpSync } from "node:fs";
import { dirname, join } from "node:path";

import { buildForBrowsers } from "./browser.js";
import { copyFiles, NODE_FILES } from "./engine_files.js";
import { bundle } from "./node.js";
import { copyPlaywright, PLAYWRIGHT } from "./playwright.js";

const [output] = process.argv.slice(2);
const pages = join(output, "pages");
await bundle(output, ["benchmarks/node.ts", "benchmarks/chromium.ts"], [PLAYWRIGHT]);
copyPlaywright(output);
await buildForBrowsers(pages, "benchmarks", "benchmarks/page.ts");
cpSync("benchmarks/pages", pages, { recursive: true });
// The library as pages have it that use nothing else.
copyFiles([join(dirname(NODE_FILES[0]), "ort.wasm.min.mjs")], pages);
