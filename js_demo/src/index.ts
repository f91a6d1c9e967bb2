// The loader: what a program or page imports. Engines come from ./engines, for Node ready-made from
// ./node.ts.

export { Bundle, type BundleSource, type GoldenCase } from "./bundle.ts";
export type { Signature, TensorSpec, Tolerance } from "./contract/generated.ts";
export type { Dtype } from "./dtypes.ts";
export * from "./errors.ts";
export { type EngineChoice, load, type LoadOptions, Model } from "./model.ts";
export { type Tensor, type Tensors, tensor } from "./tensors.ts";
