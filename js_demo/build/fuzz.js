// Bundles the fuzz targets and runs them: see fuzz/main.ts.
//
//   node build/fuzz.js CORPORA AMOUNT [KIND...]

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { bundle } from "./node.js";

const output = mkdtempSync(join(process.env.TEST_TMPDIR ?? tmpdir(), "fuzz-"));
await bundle(output, ["fuzz/main.ts"]);
process.argv[2] = resolve(process.env.START_FOLDER ?? ".", process.argv[2]);
await import(pathToFileURL(join(output, "main.mjs")).href);
rmSync(output, { recursive: true });
