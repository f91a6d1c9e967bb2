// Builds the demo site: plain files, which can be hosted in any folder of any server.
//
//   node build/site.js BUNDLE... OUTPUT_FOLDER
//
// Bundles are found from START_FOLDER; page/examples.json has a line about each.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { HEADERS } from "../src/server/static_files.ts";
import { buildForBrowsers } from "./browser.js";

// Of hosts that send no headers: all that a page can say itself, which is not who may frame it.
const policy = HEADERS["Content-Security-Policy"]
  .split("; ")
  .filter((directive) => !directive.startsWith("frame-ancestors"))
  .join("; ");
const WITH_POLICY = {
  name: "policy",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: policy },
      injectTo: "head-prepend",
    },
  ],
};

const bundles = process.argv.slice(2);
const output = bundles.pop();
await buildForBrowsers(output, "page", "page/index.html", { plugins: [WITH_POLICY] });

const about = JSON.parse(readFileSync("page/examples.json", "utf8"));
const examples = bundles.map((bundle) => {
  const folder = basename(bundle);
  if (!about[folder]) throw new Error(`page/examples.json: has no line about ${folder}`);
  copyForBrowsers(
    resolve(process.env.START_FOLDER ?? ".", bundle),
    join(output, "examples", folder),
  );
  return { folder, about: about[folder] };
});
mkdirSync(join(output, "examples"), { recursive: true });
writeFileSync(join(output, "examples/index.json"), JSON.stringify(examples));

/** Without the artifacts that no browser runs: each file is asked for, and checked, by itself. */
function copyForBrowsers(bundle, target) {
  const manifest = JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8"));
  const artifacts = manifest.artifacts.filter(({ format }) =>
    ["frozen_graph", "onnx", "litert"].includes(format),
  );
  for (const { path } of [{ path: "manifest.json" }, ...artifacts, ...(manifest.cases ?? [])]) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    copyFileSync(join(bundle, path), join(target, path));
  }
}
