// The built site: what is in it, and how large what every visitor loads is.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { test } from "../src/testing/test.ts";

const SITE = join(process.env.START_FOLDER ?? "", "js_demo/site");
const MOST_BYTES = 60_000;

/** A module with all that it imports at once, by name. */
async function modulesOf(name: string, found = new Map<string, string>()) {
  if (found.has(name)) return found;
  const code = await readFile(join(SITE, name), "utf8");
  found.set(name, code);
  for (const [, imported = ""] of code.matchAll(
    /(?:^|[;}\n])(?:import|export)\b[^"'();]*?["'](\.\/[^"']+)["']/g,
  )) {
    await modulesOf(imported.slice(2), found);
  }
  return found;
}

test("the page's own JavaScript is small", async (assert) => {
  const html = await readFile(join(SITE, "index.html"), "utf8");
  const entries = [...html.matchAll(/<script[^>]*src="\.\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(entries, ["index.js"]);
  const modules = await modulesOf("index.js");
  assert.deepEqual([...modules.keys()], ["index.js", "rolldown-runtime.js"]);
  const sizes = [...modules.values()].map((code) => gzipSync(code, { level: 9 }).byteLength);
  const size = sizes.reduce((total, size) => total + size, 0);
  assert.ok(size <= MOST_BYTES, `${size} bytes of ${MOST_BYTES}`);
});

test("examples have what browsers run, and no more", async (assert) => {
  const examples = JSON.parse(await readFile(join(SITE, "examples/index.json"), "utf8"));
  assert.equal(examples[0].folder, "digits_cnn.bundle");
  for (const { folder, about } of examples) {
    const files = await readdir(join(SITE, "examples", folder));
    const wanted = files.filter(
      (name) => !["cases", "frozen_graph", "litert", "manifest.json", "onnx"].includes(name),
    );
    assert.deepEqual([wanted, about.length > 0], [[], true], folder);
  }
});
