// Holds inputs against a signature before an engine sees them.

import type { Signature, TensorSpec } from "./contract/generated.ts";
import { DTYPES, isDtype } from "./dtypes.ts";
import { InputDtypeError, InputNameError, InputShapeError } from "./errors.ts";
import { sizeOf, type Tensor, type Tensors } from "./tensors.ts";

/** Throws when names, dtypes or shapes are not those of the signature. */
export function checkInputs(inputs: Tensors, signature: Signature) {
  for (const name of Object.keys(inputs)) {
    if (!signature.inputs.some((spec) => spec.name === name)) {
      throw new InputNameError(
        `input '${name}': ${describe(signature)} has no such input; it wants [${namesOf(signature)}]`,
      );
    }
  }
  for (const spec of signature.inputs) {
    const input = inputs[spec.name];
    if (!input) {
      throw new InputNameError(
        `input '${spec.name}': missing; ${describe(signature)} wants [${namesOf(signature)}]`,
      );
    }
    checkInput(input, spec, signature);
  }
}

function checkInput(input: Tensor, spec: TensorSpec, signature: Signature) {
  // Text is made for errors only: this is a part of every call.
  const got = () => `input '${spec.name}': got ${input.dtype} [${input.shape}]`;
  const wants = () => `${describe(signature)} wants ${typeText(spec)}`;
  if (input.dtype !== spec.dtype) {
    throw new InputDtypeError(`${got()}, ${wants()}; convert it to ${spec.dtype}`);
  }
  const wanted = isDtype(input.dtype) ? DTYPES[input.dtype].array : undefined;
  if (!(input.data instanceof (wanted ?? Array))) {
    throw new InputDtypeError(
      `${got()} in a ${input.data.constructor.name}, wanted a ${(wanted ?? Array).name}; tensor() makes one`,
    );
  }
  if (!fits(input.shape, spec)) throw new InputShapeError(`${got()}, ${wants()}; reshape it`);
  if (input.data.length !== sizeOf(input.shape)) {
    throw new InputShapeError(
      `${got()} with ${input.data.length} elements, its shape wants ${sizeOf(input.shape)}`,
    );
  }
}

function fits(shape: readonly number[], spec: TensorSpec): boolean {
  if (!shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0)) return false;
  if (spec.unknownRank) return true;
  return (
    shape.length === spec.shape.length &&
    spec.shape.every((dimension, axis) => dimension === -1n || Number(dimension) === shape[axis])
  );
}

function namesOf({ inputs }: Signature): string[] {
  return inputs.map(({ name }) => name);
}

function describe(signature: Signature): string {
  return `signature '${signature.name}'`;
}

/** Such as float32 [?,784]; float32 [...] when even the rank is unknown. */
export function typeText({ dtype, shape, unknownRank }: TensorSpec): string {
  if (unknownRank) return `${dtype} [...]`;
  return `${dtype} [${shape.map((size) => (size === -1n ? "?" : size))}]`;
}
