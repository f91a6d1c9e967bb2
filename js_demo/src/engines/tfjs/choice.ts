// TensorFlow.js as a choice: what it is, before anything of it is loaded.

import type { EngineChoice } from "../../engine.ts";

/**
 * `place` is where it runs, such as "tfjs-node"; `folder` the URL of its WebAssembly, with a final
 * slash; without it, the folder of the program.
 */
export function tfjs(
  place: string,
  backend: "cpu" | "wasm" | "webgl",
  folder?: string,
): EngineChoice {
  return {
    runtime: `${place}/${backend}`,
    format: "frozen_graph",
    async make() {
      const [{ TfjsEngine }, { CPU_BACKEND, wasmBackend, WEBGL_BACKEND }] = await Promise.all([
        import("./engine.ts"),
        import("./backends.ts"),
      ]);
      const backends = { cpu: CPU_BACKEND, wasm: wasmBackend(folder), webgl: WEBGL_BACKEND };
      return new TfjsEngine(place, backends[backend]);
    },
  };
}
