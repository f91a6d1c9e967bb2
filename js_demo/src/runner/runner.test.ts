import { ErrorKind, RunnerRequest, RunnerResponse } from "../contract/generated.ts";
import { type Draft, decode, encode } from "../contract/messages.ts";
import type { Engine } from "../engine.ts";
import { RunFailedError } from "../errors.ts";
import { signatureOf } from "../testing/graphs.ts";
import { test } from "../testing/test.ts";
import { EngineBrokenError } from "../traps.ts";
import { type Machine, Runner } from "./runner.ts";

const { artifact, signature } = signatureOf({ x: "uint8" }, { y: "uint8" });
const LOAD = {
  bundle: "/bundle",
  artifact,
  signatures: [signature],
  scratch: "/scratch",
  inlineLimit: 8n,
};
const REQUEST = {
  parameters: { signature: { stringParam: "serving_default" } },
  inputs: [{ name: "x", datatype: "UINT8", shape: [1n] }],
  rawInputContents: [Uint8Array.of(7)],
};

const MACHINE: Machine = {
  readArtifact: async (_bundle, path) => (path === "artifact" ? new Uint8Array() : undefined),
  tensorFiles: () => ({ read: async () => new Uint8Array(), write: async () => "" }),
};

function echo(runtime = "echo") {
  const calls = { closed: 0 };
  const engine: Engine = {
    runtime,
    version: async () => "1",
    load: async () => ({
      async run(_call, inputs) {
        if (inputs.x?.data[0] === 14) {
          const trap = new WebAssembly.RuntimeError("divide by zero");
          throw new RunFailedError("signature 's': divide by zero", { cause: trap });
        }
        if (inputs.x?.data[0] === 13) throw new Error("unlucky\nat line 1");
        return [inputs.x as never];
      },
      close() {
        calls.closed += 1;
      },
    }),
  };
  const runner = new Runner(engine, MACHINE);
  const send = async (request: Draft<RunnerRequest>) => {
    const bytes = encode(RunnerRequest, request);
    const response = await runner.handle(decode(RunnerRequest, bytes));
    return decode(RunnerResponse, encode(RunnerResponse, response));
  };
  return { calls, send };
}

test("an engine that WebAssembly has left in the middle is not asked again", async (assert) => {
  const { send } = echo("trapped");
  await send({ load: LOAD });
  const unlucky = { ...REQUEST, rawInputContents: [Uint8Array.of(14)] };
  await assert.rejects(send({ run: { request: unlucky } }), EngineBrokenError);
});

test("load, describe, run, close", async (assert) => {
  const { calls, send } = echo();
  const before = await send({ id: 1n, describe: {} });
  assert.deepEqual(before.description, { runtime: "echo", runtimeVersion: "1", signatures: [] });
  const loaded = await send({ id: 2n ** 64n - 1n, load: LOAD });
  assert.equal(loaded.id, 2n ** 64n - 1n);
  assert.ok((loaded.loaded?.seconds ?? -1) >= 0);
  assert.deepEqual((await send({ describe: {} })).description?.signatures, [signature]);
  const { runResult } = await send({ run: { request: REQUEST } });
  assert.ok((runResult?.seconds ?? -1) >= 0);
  assert.equal(runResult?.response?.outputs[0]?.name, "y");
  assert.deepEqual([...(runResult?.response?.rawOutputContents[0] ?? [])], [7]);
  await send({ load: LOAD });
  assert.equal(calls.closed, 1);
  assert.deepEqual((await send({ close: {} })).closed, {});
  assert.equal(calls.closed, 2);
});

const FAILURES: [string, Draft<RunnerRequest>, boolean, ErrorKind][] = [
  ["no verb", {}, false, ErrorKind.ERROR_KIND_PROTOCOL],
  ["a run before a load", { run: { request: REQUEST } }, false, ErrorKind.ERROR_KIND_PROTOCOL],
  ["a load of nothing", { load: {} }, false, ErrorKind.ERROR_KIND_PROTOCOL],
  [
    "a load of a file that is not there",
    { load: { ...LOAD, artifact: { ...artifact, path: "none" } } },
    false,
    ErrorKind.ERROR_KIND_FILE_MISSING,
  ],
  ["a run of nothing", { run: {} }, true, ErrorKind.ERROR_KIND_PROTOCOL],
  [
    "an unknown signature",
    { run: { request: { ...REQUEST, parameters: { signature: { stringParam: "none" } } } } },
    true,
    ErrorKind.ERROR_KIND_SIGNATURE_NOT_FOUND,
  ],
  [
    "an engine that fails",
    { run: { request: { ...REQUEST, rawInputContents: [Uint8Array.of(13)] } } },
    true,
    ErrorKind.ERROR_KIND_RUN_FAILED,
  ],
];
for (const [what, request, isLoaded, kind] of FAILURES) {
  test(`${what} is an answer, in one line`, async (assert) => {
    const { send } = echo();
    if (isLoaded) await send({ load: LOAD });
    const { id, error } = await send({ id: 5n, ...request });
    assert.equal(id, 5n);
    assert.equal(error?.kind, kind);
    assert.match(error?.message ?? "", /^[^\n]+$/);
    assert.ok(isLoaded ? (await send({ run: { request: REQUEST } })).runResult : true);
  });
}
