// The loader wherever it runs. What a program imports is node.ts or browser.ts, which add the
// sources and engines of their place.

export {
  Bundle,
  type BundleSource,
  type Expected,
  type GoldenCase,
  type Progress,
} from "./bundle.ts";
export {
  compareOutputs,
  type ElementValue,
  type Judgement,
  type OutputComparison,
} from "./comparison.ts";
export type { Signature, TensorSpec } from "./contract/generated.ts";
export type { Dtype } from "./dtypes.ts";
export type { Engine, EngineChoice } from "./engine.ts";
export * from "./errors.ts";
export { type LoadOptions, Model } from "./model.ts";
export type { Tolerance } from "./number_errors.ts";
export {
  type CaseResult,
  type SelfTest,
  selfTest,
  type SelfTestOptions,
  type Verdict,
} from "./self_test.ts";
export { type Tensor, type Tensors, tensor } from "./tensors.ts";
