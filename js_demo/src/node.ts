// The loader in Node. The engines' WebAssembly lies beside the bundled program.
//
//   const model = await load("digits.bundle");
//   const { probabilities } = await model.run("serving_default", { image: tensor("float32", [1, 64], pixels) });

import { readFile } from "node:fs/promises";

import { Bundle, type BundleSource } from "./bundle.ts";
import type { EngineChoice } from "./engine.ts";
import { load as loadFrom, type LoadOptions, type Model } from "./model.ts";
import { FolderSource } from "./sources/folder.ts";

export * from "./index.ts";
export { FolderSource };

/** The folder of this program, as a URL with a final slash. */
const HERE = import.meta.url.replace(/[^/]*$/, "");

/** Every engine that Node can run, the preferred one first. */
export const NODE_ENGINES: readonly EngineChoice[] = [
  onnxRuntime("wasm"),
  onnxRuntime("wasm-threads"),
  tfjs("cpu"),
  tfjs("wasm"),
];

/** Opens a bundle: a folder by its path, or any source. */
export function load(
  bundle: string | BundleSource | Bundle,
  options: Partial<LoadOptions> = {},
): Promise<Model> {
  const source = typeof bundle === "string" ? new FolderSource(bundle) : bundle;
  return loadFrom(source, { engines: NODE_ENGINES, ...options });
}

function onnxRuntime(backend: "wasm" | "wasm-threads"): EngineChoice {
  const place = "onnxruntime-web-node";
  return {
    runtime: `${place}/${backend}`,
    format: "onnx",
    async make() {
      const engine = await import("./engines/onnxruntime.ts");
      const { OnnxRuntimeEngine, THREADS_BACKEND, WASM_BACKEND } = engine;
      const chosen = backend === "wasm" ? WASM_BACKEND : THREADS_BACKEND;
      const wasm = await readFile(new URL("ort-wasm-simd-threaded.wasm", HERE));
      return new OnnxRuntimeEngine(place, chosen, HERE, wasm.buffer);
    },
  };
}

function tfjs(backend: "cpu" | "wasm"): EngineChoice {
  const place = "tfjs-node";
  return {
    runtime: `${place}/${backend}`,
    format: "frozen_graph",
    async make() {
      const [{ TfjsEngine }, { CPU_BACKEND, wasmBackend }] = await Promise.all([
        import("./engines/tfjs/engine.ts"),
        import("./engines/tfjs/backends.ts"),
      ]);
      return new TfjsEngine(place, backend === "cpu" ? CPU_BACKEND : wasmBackend());
    },
  };
}
