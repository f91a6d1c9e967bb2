// The loader in Node. The engines' WebAssembly lies beside the bundled program.
//
//   const model = await load("digits.bundle");
//   const { probabilities } = await model.run("serving_default", { image: tensor("float32", [1, 64], pixels) });

import { readFile } from "node:fs/promises";

import { Bundle, type BundleSource } from "./bundle.ts";
import type { EngineChoice } from "./engine.ts";
import { onnxRuntime, THREADS_BACKEND, WASM_BACKEND } from "./engines/onnxruntime.ts";
import { tfjs } from "./engines/tfjs/choice.ts";
import { load as loadFrom, type LoadOptions, type Model } from "./model.ts";
import { FolderSource } from "./sources/folder.ts";

export * from "./index.ts";
export { FolderSource };

/** The folder of this program, as a URL with a final slash. */
const HERE = import.meta.url.replace(/[^/]*$/, "");

/** Every engine that Node can run, the preferred one first. */
export const NODE_ENGINES: readonly EngineChoice[] = [
  onnxRuntime("onnxruntime-web-node", WASM_BACKEND, HERE, readWasm),
  onnxRuntime("onnxruntime-web-node", THREADS_BACKEND, HERE, readWasm),
  tfjs("tfjs-node", "cpu"),
  tfjs("tfjs-node", "wasm"),
];

/** Opens a bundle: a folder by its path, or any source. */
export function load(
  bundle: string | BundleSource | Bundle,
  options: Partial<LoadOptions> = {},
): Promise<Model> {
  const source = typeof bundle === "string" ? new FolderSource(bundle) : bundle;
  return loadFrom(source, { engines: NODE_ENGINES, ...options });
}

/** Node cannot fetch it. */
async function readWasm(): Promise<ArrayBufferLike> {
  return (await readFile(new URL("ort-wasm-simd-threaded.wasm", HERE))).buffer;
}
