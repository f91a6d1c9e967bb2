// What is measured within a page.

import * as ort from "onnxruntime-web/wasm";

import { browserEngines, load } from "../src/browser.ts";
import { type Calls, onnxRuntimeCalls, tfjsCalls } from "./calls.ts";
import { answerOnce, choose } from "./loading.ts";

const ONNX_RUNTIME = choose(browserEngines(), "onnxruntime-web-browser/wasm");
const TFJS = choose(browserEngines(), "tfjs-browser/cpu");

export async function calls(bundle: string): Promise<Record<string, Calls>> {
  return {
    onnxruntime: await onnxRuntimeCalls(await load(bundle, { engines: ONNX_RUNTIME }), ort),
    tfjs: await tfjsCalls(await load(bundle, { engines: TFJS })),
  };
}

/** Gives the size of the file. */
export async function loadFrozenGraph(bundle: string): Promise<number> {
  return answerOnce(await load(bundle, { engines: TFJS }));
}
