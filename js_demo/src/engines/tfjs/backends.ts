// The backends of TensorFlow.js, loaded when they are first used.

export interface Backend {
  /** As TensorFlow.js calls it. */
  readonly name: string;
  /** Makes it known to TensorFlow.js. */
  prepare(): Promise<void>;
}

/** Plain JavaScript. */
export const CPU_BACKEND: Backend = {
  name: "cpu",
  async prepare() {
    await import("@tensorflow/tfjs-backend-cpu");
  },
};

/**
 * `folder` (with a final slash) holds tfjs-backend-wasm-simd.wasm; without it, the folder of the
 * program.
 */
export function wasmBackend(folder?: string): Backend {
  return {
    name: "wasm",
    async prepare() {
      // The list of kernels that operators can need is the CPU backend's: it has them all.
      await CPU_BACKEND.prepare();
      const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
      if (folder !== undefined) setWasmPaths(folder);
    },
  };
}
