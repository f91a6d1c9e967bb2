// The engines in Node. Their WebAssembly lies beside the bundled program.

import { readFile } from "node:fs/promises";

import type { Engine } from "./engine.ts";
import type { EngineChoice } from "./model.ts";

export { FolderSource } from "./node_files.ts";

export const TFJS_BACKENDS = ["cpu", "wasm"] as const;

export async function makeTfjs(backend: (typeof TFJS_BACKENDS)[number]): Promise<Engine> {
  const [{ TfjsEngine }, { CPU_BACKEND, wasmBackend }] = await Promise.all([
    import("./engines/tfjs/engine.ts"),
    import("./engines/tfjs/backends.ts"),
  ]);
  return new TfjsEngine("tfjs-node", backend === "cpu" ? CPU_BACKEND : wasmBackend());
}

export async function makeOnnxRuntime(): Promise<Engine> {
  const { OnnxRuntimeEngine } = await import("./engines/onnxruntime.ts");
  const wasm = await readFile(new URL("./ort-wasm-simd-threaded.wasm", import.meta.url));
  return new OnnxRuntimeEngine("onnxruntime-web-node", wasm.buffer);
}

/** Every format that Node can run, the preferred one first. */
export const NODE_ENGINES: readonly EngineChoice[] = [
  { format: "onnx", make: makeOnnxRuntime },
  { format: "frozen_graph", make: () => makeTfjs("cpu") },
];
