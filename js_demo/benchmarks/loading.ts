// From a bundle to a model that has answered once.

import type { EngineChoice, Model, Signature } from "../src/index.ts";
import { sizeOf } from "../src/tensors.ts";

export function choose(engines: readonly EngineChoice[], runtime: string): EngineChoice[] {
  return engines.filter((engine) => engine.runtime === runtime);
}

/** The shape of the only input for a batch of one. */
export function inputShape({ inputs }: Signature): number[] {
  return inputs[0]?.shape.map((dimension) => Math.abs(Number(dimension))) ?? [];
}

/** Runs zeros, and gives the bytes of the artifact that has answered. */
export async function answerOnce(model: Model): Promise<number> {
  const [signature] = model.describe();
  const [artifact] = model.bundle.artifactsOf(model.format);
  if (!signature || !artifact) throw new Error(`${model.bundle.name}: nothing to run`);
  const shape = inputShape(signature);
  const x = { dtype: "float32", shape, data: new Float32Array(sizeOf(shape)) } as const;
  await model.run(signature.name, { x });
  const file = model.bundle.manifest.files.find(({ path }) => path === artifact.path);
  return Number(file?.size);
}
