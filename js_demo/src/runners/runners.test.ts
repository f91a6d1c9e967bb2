// The built runners as the harness drives them: processes with frames on stdin and stdout.

import { spawn } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { ErrorKind, RunnerRequest, RunnerResponse } from "../contract/generated.ts";
import { type Draft, decode, encode } from "../contract/messages.ts";
import { frameHeader, readFrames } from "../runner/frames.ts";
import { CHROMIUM } from "../testing/chromium.ts";
import { withFolder } from "../testing/folder.ts";
import { HALF_PLUS_TWO_GRAPH, signatureOf } from "../testing/graphs.ts";
import { ONNX_TYPES, onnxModel } from "../testing/onnx.ts";
import { test } from "../testing/test.ts";

const FOLDER = join(process.env.START_FOLDER ?? "..", "js_demo/runners");

/**
 * Sends all frames, and gives the responses, what the process printed to stderr, and its exit
 * status.
 */
async function converse(program: string, runtime: string, frames: Uint8Array[]) {
  const child = spawn(process.execPath, [join(FOLDER, program), runtime], {
    env: { ...process.env, MODELPARITY_CHROMIUM: CHROMIUM },
  });
  const exited = new Promise((resolve) => child.on("close", resolve));
  const stderr = text(child.stderr);
  for (const frame of frames) child.stdin.write(frame);
  child.stdin.end();
  const responses = [];
  for await (const frame of readFrames(child.stdout, program)) {
    responses.push(decode(RunnerResponse, frame));
  }
  return { responses, status: await exited, stderr: await stderr };
}

function frameOf(request: Draft<RunnerRequest>): Uint8Array {
  const body = encode(RunnerRequest, request);
  return Buffer.concat([frameHeader(body), body]);
}

const VALUES = Float32Array.from({ length: 100_000 }, (_, index) => index);
const RAW = new Uint8Array(VALUES.buffer);
const SIGNATURE = { signature: { stringParam: "serving_default" } };

const GRAPH = {
  format: "frozen_graph",
  model: HALF_PLUS_TWO_GRAPH,
  wanted: VALUES.map((x) => x / 2 + 2),
};
const ONNX = {
  format: "onnx",
  model: onnxModel("Neg", ONNX_TYPES.float32),
  wanted: VALUES.map((x) => -x),
};
const RUNNERS = [
  { program: "node.mjs", runtime: "tfjs-node/cpu", ...GRAPH },
  { program: "node.mjs", runtime: "tfjs-node/wasm", ...GRAPH },
  { program: "node.mjs", runtime: "onnxruntime-web-node/wasm", ...ONNX },
  { program: "node.mjs", runtime: "onnxruntime-web-node/wasm-threads", ...ONNX },
  { program: "chromium.mjs", runtime: "tfjs-chromium/cpu", ...GRAPH },
  { program: "chromium.mjs", runtime: "tfjs-chromium/wasm", ...GRAPH },
  { program: "chromium.mjs", runtime: "tfjs-chromium/webgl", ...GRAPH },
  { program: "chromium.mjs", runtime: "onnxruntime-web-chromium/wasm", ...ONNX },
  { program: "chromium.mjs", runtime: "onnxruntime-web-chromium/wasm-threads", ...ONNX },
  { program: "chromium.mjs", runtime: "onnxruntime-web-chromium/webgpu", ...ONNX },
];

for (const { program, runtime, format, model, wanted } of RUNNERS) {
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
      const { responses, status, stderr } = await converse(program, runtime, [
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
      assert.equal(status, 0, stderr);
      // page_server.test.ts shows that this would be said.
      assert.ok(!stderr.includes("wanted to leave"), stderr);
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
}

for (const { program, runtime } of [RUNNERS[0], RUNNERS[4]] as typeof RUNNERS) {
  test(`${program} answers a broken stream with an error and ends`, async (assert) => {
    for (const [what, bytes] of [
      ["a frame that is too long", Uint8Array.of(255, 255, 255, 255)],
      ["a frame that is cut off", Uint8Array.of(9, 0, 0, 0, 1)],
      ["a frame that is no request", Uint8Array.of(1, 0, 0, 0, 255)],
    ] as const) {
      const { responses, status } = await converse(program, runtime, [bytes]);
      assert.equal(responses[0]?.error?.kind, ErrorKind.ERROR_KIND_PROTOCOL, what);
      assert.equal(status, 1, what);
    }
  });

  test(`${program} refuses a runtime that it has not`, async (assert) => {
    const { responses, status, stderr } = await converse(program, "abacus/wood", []);
    assert.deepEqual([responses, status], [[], 2]);
    assert.match(stderr, /abacus\/wood/);
  });
}
