// The files that engines load at run time, which lie beside what is bundled.

import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

const { resolve } = createRequire(import.meta.url);
const tfjsWasm = dirname(resolve("@tensorflow/tfjs-backend-wasm"));
const litert = join(dirname(resolve("@litertjs/core/package.json")), "wasm");

export const NODE_FILES = [
  resolve("onnxruntime-web/ort-wasm-simd-threaded.mjs"),
  resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"),
  join(tfjsWasm, "tfjs-backend-wasm-simd.wasm"),
];

// LiteRT.js has a build for browsers without relaxed SIMD.
export const BROWSER_FILES = [
  ...NODE_FILES,
  resolve("onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs"),
  resolve("onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm"),
  ...["litert_wasm_internal", "litert_wasm_compat_internal"].flatMap((name) => [
    join(litert, `${name}.js`),
    join(litert, `${name}.wasm`),
  ]),
];

export function copyFiles(files, folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of files) copyFileSync(file, join(folder, basename(file)));
}

// onnxruntime-web as a library beside its WebAssembly, not with a copy of the glue inside: workers
// load the glue by its own address.
export const CONDITIONS = ["onnxruntime-web-use-extern-wasm"];
