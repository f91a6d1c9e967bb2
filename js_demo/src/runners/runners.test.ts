// The built runners as the harness drives them: processes with frames on stdin and stdout.

import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ErrorKind, type RunnerRequest } from "../contract/generated.ts";
import { type Draft, decode, encode } from "../contract/messages.ts";
import { frameHeader, readFrames } from "../runner/frames.ts";
import { HALF_PLUS_TWO_GRAPH, signatureOf } from "../testing/graphs.ts";
import { ONNX_TYPES, onnxModel } from "../testing/onnx.ts";
import { test } from "../testing/test.ts";

const FOLDER = join(process.env.START_FOLDER ?? "..", "js_demo/runners");

/**
 * Sends all frames, and gives the responses, what the process printed to stderr, and its exit
 * status.
 */
async function converse(runner: string[], frames: Uint8Array[]) {
  const [file = "", ...rest] = runner;
  const child = spawn(process.execPath, [join(FOLDER, file), ...rest]);
  const exited = new Promise((resolve) => child.on("close", resolve));
  child.stderr.resume();
  for (const frame of frames) child.stdin.write(frame);
  child.stdin.end();
  const responses = [];
  for await (const frame of readFrames(child.stdout, file)) {
    responses.push(decode("modelparity.v1.RunnerResponse", frame));
  }
  return { responses, status: await exited };
}

function frameOf(request: Draft<RunnerRequest>): Uint8Array {
  const body = encode("modelparity.v1.RunnerRequest", request);
  return Buffer.concat([frameHeader(body), body]);
}

async function withFolder(body: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(process.env.TEST_TMPDIR ?? tmpdir(), "runners-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const VALUES = Float32Array.from({ length: 100_000 }, (_, index) => index);
const RAW = new Uint8Array(VALUES.buffer);
const SIGNATURE = { signature: { stringParam: "serving_default" } };

const RUNNERS = [
  {
    command: ["tfjs_node.mjs"],
    runtime: "tfjs-node/cpu",
    format: "frozen_graph",
    model: HALF_PLUS_TWO_GRAPH,
    wanted: VALUES.map((x) => x / 2 + 2),
  },
  {
    command: ["tfjs_node.mjs", "--backend", "wasm"],
    runtime: "tfjs-node/wasm",
    format: "frozen_graph",
    model: HALF_PLUS_TWO_GRAPH,
    wanted: VALUES.map((x) => x / 2 + 2),
  },
  {
    command: ["onnxruntime_web_node.mjs"],
    runtime: "onnxruntime-web-node/wasm",
    format: "onnx",
    model: onnxModel("Neg", ONNX_TYPES.float32),
    wanted: VALUES.map((x) => -x),
  },
];

for (const { command, runtime, format, model, wanted } of RUNNERS) {
  test(`${runtime} loads and runs, with tensors inline and in files`, (assert) =>
    withFolder(async (folder) => {
      const { artifact, signature } = signatureOf({ x: "float32" }, { y: "float32" }, format);
      await writeFile(join(folder, "artifact"), model);
      await writeFile(join(folder, "x"), Buffer.concat([Buffer.alloc(3), RAW]));
      const load = (inlineLimit: bigint) => ({
        load: { bundle: folder, artifact, signatures: [signature], scratch: folder, inlineLimit },
      });
      const input = { name: "x", datatype: "FP32", shape: [BigInt(VALUES.length)] };
      const region = {
        shared_memory_region: { stringParam: join(folder, "x") },
        shared_memory_offset: { int64Param: 3n },
        shared_memory_byte_size: { int64Param: BigInt(RAW.byteLength) },
      };
      const { responses, status } = await converse(command, [
        frameOf({ id: 1n, describe: {} }),
        frameOf({ id: 2n, ...load(2n ** 30n) }),
        frameOf({
          id: 3n,
          run: { request: { parameters: SIGNATURE, inputs: [input], rawInputContents: [RAW] } },
        }),
        frameOf({ id: 4n, ...load(0n) }),
        frameOf({
          id: 5n,
          run: { request: { parameters: SIGNATURE, inputs: [{ ...input, parameters: region }] } },
        }),
        frameOf({ id: 6n, close: {} }),
      ]);
      const [described, , inline, , inFile] = responses;
      assert.equal(status, 0);
      assert.deepEqual(
        responses.map(({ id, error }) => [id, error]),
        [1n, 2n, 3n, 4n, 5n, 6n].map((id) => [id, undefined]),
      );
      assert.equal(described?.description?.runtime, runtime);
      assert.match(described?.description?.runtimeVersion ?? "", /^\d+\.\d+\.\d+/);
      const bytes = new Uint8Array(wanted.buffer);
      const response = inline?.runResult?.response;
      assert.deepEqual(new Uint8Array(response?.rawOutputContents[0] ?? []), bytes);
      const output = inFile?.runResult?.response?.outputs[0];
      const written = output?.parameters.shared_memory_region?.stringParam ?? "";
      assert.deepEqual(new Uint8Array(await readFile(written)), bytes);
      assert.equal((await readdir(folder)).length, 3);
    }));

  test(`${runtime} answers a broken stream with an error and ends`, async (assert) => {
    for (const [what, bytes] of [
      ["a frame that is too long", Uint8Array.of(255, 255, 255, 255)],
      ["a frame that is cut off", Uint8Array.of(9, 0, 0, 0, 1)],
      ["a frame that is no request", Uint8Array.of(1, 0, 0, 0, 255)],
    ] as const) {
      const { responses, status } = await converse(command, [bytes]);
      assert.equal(responses[0]?.error?.kind, ErrorKind.ERROR_KIND_PROTOCOL, what);
      assert.equal(status, 1, what);
    }
  });
}

test("an unknown backend is a wrong call", async (assert) => {
  const { responses, status } = await converse(["tfjs_node.mjs", "--backend", "abacus"], []);
  assert.deepEqual([responses, status], [[], 2]);
});
