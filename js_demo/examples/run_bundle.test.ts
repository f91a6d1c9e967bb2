import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { test } from "../src/testing/test.ts";

const START = process.env.START_FOLDER ?? "..";

test("the example runs the golden cases of a bundle", (assert) => {
  const program = join(START, "js_demo/examples/run_bundle/run_bundle.mjs");
  const bundle = join(START, "tests/linear_regression.bundle");
  const lines = execFileSync(process.execPath, [program, bundle], { encoding: "utf8" }).split("\n");
  assert.match(lines[0] ?? "", /^serving_default: \[\w+\] -> \[\w+\]$/);
  const errors = lines.flatMap((line) => /max error (.*)$/.exec(line)?.[1] ?? []).map(Number);
  assert.ok(errors.length > 0);
  assert.ok(
    errors.every((error) => error < 1e-5),
    `${errors}`,
  );
});
