// Bundles test files and runs them in Node's test runner. No test, or one that is skipped or left
// to do, is a failure.
//
//   node build/run_tests.js FILE.test.ts...

import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

import { bundle } from "./node.js";
import { PLAYWRIGHT } from "./playwright.js";

const entries = process.argv.slice(2);
const output = mkdtempSync(join(process.env.TEST_TMPDIR ?? tmpdir(), "tests-"));
await bundle(output, entries, [PLAYWRIGHT]);
symlinkSync(resolve("node_modules"), join(output, "node_modules"));

const files = entries.map((entry) => join(output, basename(entry).replace(/\.ts$/, ".mjs")));
const counts = { passed: 0, failed: 0, notRun: 0 };
const events = run({ files, concurrency: false, timeout: 280_000 });
events.on("test:pass", ({ name, details, skip, todo }) => {
  if (details.type === "suite") return;
  // A file without a test is reported as one that passed, under the file's name.
  if (files.includes(name) || skip !== undefined || todo !== undefined) counts.notRun += 1;
  else counts.passed += 1;
});
events.on("test:fail", () => {
  counts.failed += 1;
});
for await (const line of events.compose(spec)) process.stdout.write(line);
rmSync(output, { recursive: true });

console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.notRun} not run`);
process.exitCode = counts.passed > 0 && counts.failed === 0 && counts.notRun === 0 ? 0 : 1;
