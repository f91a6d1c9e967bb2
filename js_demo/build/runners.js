// Builds the runners: programs for Node, with what they need beside them, and the page of the
// Chromium runners.
//
//   node build/runners.js OUTPUT_FOLDER

import { join } from "node:path";

import { buildForBrowsers } from "./browser.js";
import { bundle } from "./node.js";
import { copyPlaywright, PLAYWRIGHT } from "./playwright.js";

const [output] = process.argv.slice(2);
await bundle(output, ["src/runners/node.ts", "src/runners/chromium.ts"], [PLAYWRIGHT]);
await buildForBrowsers(join(output, "chromium_page"), "src/runners", "src/runners/runner.html");
copyPlaywright(output);
