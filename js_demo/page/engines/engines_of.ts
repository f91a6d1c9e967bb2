// The engines of this page for a bundle; those that cannot run it come last, with the reason.

import { type Bundle, browserEngines, type EngineChoice } from "../../src/browser.ts";
import { LiveEngine } from "./live_engine.ts";

export async function enginesOf(bundle: Bundle): Promise<LiveEngine[]> {
  const choices = browserEngines();
  const [preferred, other] = choices.filter(({ runtime }) => /^onnx.*\/wasm/.test(runtime));
  const hasGraphicsAdapter = Boolean(await navigator.gpu?.requestAdapter());
  const obstacleOf = (choice: EngineChoice) => {
    if (choice === other) return oneOfTwo(preferred);
    if (choice.runtime.endsWith("/webgpu") && !hasGraphicsAdapter) {
      return "this browser has no WebGPU adapter";
    }
    return undefined;
  };
  const engines = choices.map(
    (choice) =>
      new LiveEngine(bundle, choice, missing(bundle, choice.format) ?? obstacleOf(choice)),
  );
  const canRun = ({ obstacle }: LiveEngine) => obstacle === undefined;
  return [...engines.filter(canRun), ...engines.filter((engine) => !canRun(engine))];
}

/** onnxruntime-web takes its number of threads once in a page. */
function oneOfTwo(preferred: EngineChoice | undefined): string {
  return globalThis.crossOriginIsolated
    ? `a page has one of onnxruntime-web’s two, here ${preferred?.runtime.split("/")[1]}`
    : "this page has no shared memory: its server has to send Cross-Origin-Opener-Policy: " +
        "same-origin and Cross-Origin-Embedder-Policy: require-corp";
}

function missing(bundle: Bundle, format: string): string | undefined {
  if (bundle.artifactsOf(format).length > 0) return undefined;
  const failure = bundle.manifest.conversionFailures.find((failure) => failure.format === format);
  return failure ? `no ${format}: ${failure.message}` : `the bundle has no ${format}`;
}
