// The inputs of a signature while a person edits them.

import type { Signature, Tensor, Tensors, TensorSpec } from "../../src/browser.ts";
import { isDtype } from "../../src/dtypes.ts";
import { checkInputs } from "../../src/signatures.ts";
import { sizeOf, tensor } from "../../src/tensors.ts";
import { reasonOf } from "../engines/live_engine.ts";
import { parseTensor, textOf } from "./tensor_text.ts";

export interface Field {
  readonly text: string;
  /** What the text says; undefined when it is wrong. */
  readonly tensor?: Tensor;
  /** What is wrong with it, in the loader's words. */
  readonly error?: string;
}

export function fieldOf(text: string, spec: TensorSpec, { name }: Signature): Field {
  try {
    const tensor = parseTensor(text, spec);
    checkInputs({ [spec.name]: tensor }, { name, inputs: [spec], outputs: [] });
    return { text, tensor };
  } catch (error) {
    return { text, error: reasonOf(error) };
  }
}

/** Undefined while one of them is wrong. */
export function tensorsOf(fields: Readonly<Record<string, Field>>): Tensors | undefined {
  const tensors: Record<string, Tensor> = {};
  for (const [name, { tensor }] of Object.entries(fields)) {
    if (!tensor) return undefined;
    tensors[name] = tensor;
  }
  return tensors;
}

/** Something to begin with where the bundle has no case: zeros, one in each unknown dimension. */
export function plainText({ dtype, shape }: TensorSpec): string {
  if (!isDtype(dtype)) return "";
  const sizes = shape.map((dimension) => Math.max(1, Number(dimension)));
  const zero = dtype === "string" ? "" : /int64$/.test(dtype) ? 0n : 0;
  return textOf(tensor(dtype, sizes, Array(sizeOf(sizes)).fill(zero)));
}
