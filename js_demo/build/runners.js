// Builds the runners: programs for Node, with what they need beside them, and the page of the
// Chromium runners.
//
//   node build/runners.js OUTPUT_FOLDER

import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

import { buildForBrowsers } from "./browser.js";
import { bundle } from "./node.js";

const [output] = process.argv.slice(2);
await bundle(output, ["src/runners/node.ts", "src/runners/chromium.ts"], ["playwright-core"]);
await buildForBrowsers(join(output, "chromium_page"), "src/runners", "src/runners/runner.html");

// Playwright looks for files of its own package, so it cannot be bundled.
const { resolve } = createRequire(import.meta.url);
const playwright = dirname(resolve("playwright-core/package.json"));
const UNUSED = ["types", "bin", join("lib", "vite"), join("lib", "tools")];
cpSync(playwright, join(output, "node_modules/playwright-core"), {
  recursive: true,
  dereference: true,
  filter: (path) => !UNUSED.includes(relative(playwright, path)),
});
