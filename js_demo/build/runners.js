// Builds the runners: programs for Node, with what they need beside them, the page of the Chromium
// runners, and versions.json: what is built in, for those who do not start them.
//
//   node build/runners.js OUTPUT_FOLDER

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildForBrowsers } from "./browser.js";
import { bundle } from "./node.js";
import { copyPlaywright, PLAYWRIGHT } from "./playwright.js";

const [output] = process.argv.slice(2);
await bundle(output, ["src/runners/node.ts", "src/runners/chromium.ts"], [PLAYWRIGHT]);
await buildForBrowsers(join(output, "chromium_page"), "src/runners", "src/runners/runner.html");
copyPlaywright(output);

const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const versions = {
  tfjs: dependencies["@tensorflow/tfjs-core"],
  "onnxruntime-web": dependencies["onnxruntime-web"],
  litertjs: dependencies["@litertjs/core"],
};
writeFileSync(join(output, "versions.json"), `${JSON.stringify(versions, undefined, 2)}\n`);
