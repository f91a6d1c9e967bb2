// The loader in a page:
//
//   import { load, tensor } from "./modelparity/modelparity.js";
//
//   const model = await load("models/digits.bundle");
//   const { probabilities } = await model.run("serving_default", { image: tensor("float32", [1, 64], pixels) });

import { Bundle, type BundleSource } from "./bundle.ts";
import type { EngineChoice } from "./engine.ts";
// So little code around the library that it is not loaded on its own.
import {
  onnxRuntime,
  THREADS_BACKEND,
  WASM_BACKEND,
  WEBGPU_BACKEND,
} from "./engines/onnxruntime.ts";
import { tfjs } from "./engines/tfjs/choice.ts";
import { load as loadFrom, type LoadOptions, type Model } from "./model.ts";
import { UrlSource } from "./sources/url.ts";

export * from "./index.ts";
export { FilesSource } from "./sources/files.ts";
export { UrlSource };

/** The folder of this file, which holds the engines and their WebAssembly, too. */
const HERE = import.meta.url.replace(/[^/]*$/, "");

/**
 * Every engine that a page can have, the preferred one of each format first. `place` ends the names
 * of the runtimes: "tfjs-browser/webgl".
 */
export function browserEngines(place = "browser"): readonly EngineChoice[] {
  // One of these two in a page; several threads where the page's headers allow them.
  const webAssembly = [WASM_BACKEND, THREADS_BACKEND];
  if (globalThis.crossOriginIsolated) webAssembly.reverse();
  return [
    ...[...webAssembly, WEBGPU_BACKEND].map((backend) =>
      onnxRuntime(`onnxruntime-web-${place}`, backend, HERE),
    ),
    ...(["cpu", "wasm", "webgl"] as const).map((backend) => tfjs(`tfjs-${place}`, backend, HERE)),
    {
      runtime: `litertjs-${place}`,
      format: "litert",
      async make() {
        const { LiteRtEngine } = await import("./engines/litert/engine.ts");
        return new LiteRtEngine(`litertjs-${place}`, HERE);
      },
    },
  ];
}

/** Opens a bundle: a URL relative to the page, what was dropped on it, or any source. */
export async function load(
  bundle: string | URL | BundleSource | Bundle,
  options: Partial<LoadOptions> = {},
): Promise<Model> {
  const isUrl = typeof bundle === "string" || bundle instanceof URL;
  const source = isUrl ? new UrlSource(bundle) : bundle;
  return loadFrom(source, { engines: browserEngines(), ...options });
}
