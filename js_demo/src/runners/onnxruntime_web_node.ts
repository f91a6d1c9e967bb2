// The runner `onnxruntime-web-node`: ONNX in onnxruntime-web.
//
//   node onnxruntime_web_node.mjs

import { readFile } from "node:fs/promises";

import { OnnxRuntimeEngine } from "../engines/onnxruntime.ts";
import { serve } from "../runner/serve.ts";

const wasm = await readFile(new URL("./ort-wasm-simd-threaded.wasm", import.meta.url));
await serve(new OnnxRuntimeEngine("onnxruntime-web-node", wasm.buffer));
