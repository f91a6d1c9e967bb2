import type { Engine } from "./engine.ts";
import {
  FileMissingError,
  InputDtypeError,
  SignatureNotFoundError,
  UnsupportedError,
} from "./errors.ts";
import { load } from "./model.ts";
import { tensor } from "./tensors.ts";
import { bundleOf, caseBytes, HALF_PLUS_TWO } from "./testing/bundles.ts";
import { test } from "./testing/test.ts";

const SOURCE = bundleOf({
  "cases/serving_default/two.pb": caseBytes(),
  "frozen_graph/serving_default.pb": Uint8Array.of(1, 2, 3),
});

/** Gives x back as y, and counts. */
function echo() {
  const calls = { loaded: 0, run: 0, closed: 0 };
  const engine: Engine = {
    runtime: "echo",
    version: async () => "1",
    async load() {
      calls.loaded += 1;
      return {
        async run(_call, inputs) {
          calls.run += 1;
          return [inputs.x as never];
        },
        close() {
          calls.closed += 1;
        },
      };
    },
  };
  return {
    calls,
    engines: [{ runtime: "echo", format: "frozen_graph", make: async () => engine }],
  };
}

const X = tensor("float32", [2], [1, 2]);

test("a model describes itself, runs and is loaded once, when first needed", async (assert) => {
  const { calls, engines } = echo();
  const model = await load(SOURCE, { engines });
  assert.equal(model.runtime, "echo");
  assert.equal(model.describe()[0]?.name, "serving_default");
  assert.equal(calls.loaded, 0);
  assert.deepEqual(await model.run("serving_default", { x: X }), { y: X });
  await model.run("serving_default", { x: X });
  await model.close();
  assert.deepEqual(calls, { loaded: 1, run: 2, closed: 1 });
});

test("signatures of one artifact share it", async (assert) => {
  const [signature] = HALF_PLUS_TWO.signatures;
  const [artifact] = HALF_PLUS_TWO.artifacts;
  const [binding] = artifact?.bindings ?? [];
  const source = bundleOf(
    { "frozen_graph/serving_default.pb": Uint8Array.of(1) },
    {
      signatures: [signature, { ...signature, name: "other" }],
      artifacts: [{ ...artifact, bindings: [binding, { ...binding, signature: "other" }] }],
      cases: [],
    },
  );
  const { calls, engines } = echo();
  const model = await load(source, { engines });
  await Promise.all([model.run("serving_default", { x: X }), model.run("other", { x: X })]);
  await model.close();
  assert.deepEqual(calls, { loaded: 1, run: 2, closed: 1 });
});

test("runs take turns, in the order in which they were asked for", async (assert) => {
  const events: string[] = [];
  const engine: Engine = {
    runtime: "slow",
    version: async () => "1",
    load: async () => ({
      async run(_call, { x }) {
        events.push(`begin ${x?.data}`);
        await new Promise((resolve) => setTimeout(resolve));
        events.push(`end ${x?.data}`);
        if (x?.data[0] === 1) throw new Error("failed");
        return [x as never];
      },
      close() {},
    }),
  };
  const choice = { runtime: "slow", format: "frozen_graph", make: async () => engine };
  const model = await load(SOURCE, { engines: [choice] });
  const runs = [0, 1, 2].map((value) =>
    model.run("serving_default", { x: tensor("float32", [1], [value]) }),
  );
  const results = await Promise.allSettled(runs);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(
    events,
    [0, 1, 2].flatMap((value) => [`begin ${value}`, `end ${value}`]),
  );
});

test("wrong inputs never reach the engine", async (assert) => {
  const { calls, engines } = echo();
  const model = await load(SOURCE, { engines });
  const inputs = { x: tensor("int32", [2], [1, 2]) };
  await assert.rejects(model.run("serving_default", inputs), InputDtypeError);
  assert.equal(calls.run, 0);
});

test("a load that failed is tried again", async (assert) => {
  const source = bundleOf({ "frozen_graph/serving_default.pb": Uint8Array.of(1) }, { cases: [] });
  const whole = new Map(source.files);
  source.files.delete("frozen_graph/serving_default.pb");
  const model = await load(source, echo());
  await assert.rejects(model.run("serving_default", { x: X }), FileMissingError);
  await model.close();
  for (const [path, bytes] of whole) source.files.set(path, bytes);
  assert.deepEqual(await model.run("serving_default", { x: X }), { y: X });
});

test("an unknown signature is named", async (assert) => {
  const model = await load(SOURCE, echo());
  await assert.rejects(model.run("none", {}), SignatureNotFoundError);
});

test("a bundle without a format that an engine reads is refused", (assert) =>
  assert.rejects(load(SOURCE, { engines: [] }), UnsupportedError));
