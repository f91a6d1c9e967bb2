// The backends of TensorFlow.js, loaded when they are first used.

import * as tf from "@tensorflow/tfjs-core";

import { UnsupportedError } from "../../errors.ts";
import { MAX_INT32 } from "./carriers.ts";

export interface Backend {
  /** As TensorFlow.js calls it. */
  readonly name: string;
  /** Integers of a larger magnitude are not held exactly. */
  readonly maxInteger: number;
  /** Makes it known to TensorFlow.js. Throws UnsupportedError where it cannot compute as it should. */
  prepare(): Promise<void>;
  /** What it computes on, where that is not this program's own code. */
  device?(): string;
}

/** Above it, float32 has gaps. */
const MAX_FLOAT32_INTEGER = 2 ** 24;

/** Plain JavaScript. */
export const CPU_BACKEND: Backend = {
  name: "cpu",
  maxInteger: MAX_INT32,
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
    maxInteger: MAX_INT32,
    async prepare() {
      // The list of kernels that operators can need is the CPU backend's: it has them all.
      await CPU_BACKEND.prepare();
      const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
      // Its threads are made of text, which a strict Content-Security-Policy forbids.
      tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
      if (folder !== undefined) setWasmPaths(folder);
    },
  };
}

/** The graphics card, or what stands in for one. It keeps every number in float32 textures. */
export const WEBGL_BACKEND: Backend = {
  name: "webgl",
  maxInteger: MAX_FLOAT32_INTEGER,
  async prepare() {
    await CPU_BACKEND.prepare();
    await import("@tensorflow/tfjs-backend-webgl");
    // Without float32 textures it would round everything to float16.
    if (!tf.env().getBool("WEBGL_RENDER_FLOAT32_ENABLED")) {
      throw new UnsupportedError(
        "webgl: no float32 textures in this browser, and float16 would change every answer; use another backend",
      );
    }
  },
  device() {
    const canvas = new OffscreenCanvas(1, 1);
    const gl = canvas.getContext("webgl2");
    const names = gl?.getExtension("WEBGL_debug_renderer_info");
    const name = names ? String(gl?.getParameter(names.UNMASKED_RENDERER_WEBGL)) : "no WebGL";
    // A browser keeps few contexts, and would drop the one that computes.
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
    return name;
  },
};
