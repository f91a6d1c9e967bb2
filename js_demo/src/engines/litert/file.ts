// What a LiteRT file says of its signatures.

import type { NumericDtype } from "../../dtypes.ts";
import { ArtifactInvalidError, oneLine, UnsupportedError } from "../../errors.ts";
import { Table } from "./flatbuffer.ts";
import {
  BUFFER,
  DTYPES,
  IDENTIFIER,
  MODEL,
  OPERATOR,
  SIGNATURE,
  SUBGRAPH,
  TENSOR,
  TENSOR_MAP,
} from "./schema.ts";

export interface FileSignature {
  readonly name: string;
  readonly inputs: readonly FileTensor[];
  readonly outputs: readonly FileOutput[];
}

export interface FileTensor {
  readonly name: string;
  readonly dtype: NumericDtype;
  /** That memory is laid out for. */
  readonly shape: readonly number[];
  /** With -1 for what is known only at run time. */
  readonly declared: readonly number[];
}

export interface FileOutput extends FileTensor {
  /** Its bytes when it does not depend on any input. */
  readonly constant?: Uint8Array;
}

/** `path` names the file in errors. */
export function signaturesOfFile(bytes: Uint8Array, path: string): FileSignature[] {
  if (new TextDecoder().decode(bytes.subarray(4, 8)) !== IDENTIFIER) {
    throw new ArtifactInvalidError(`${path}: not a LiteRT file; export the model again`);
  }
  try {
    const model = Table.root(bytes);
    return model.tables(MODEL.signatures).map((signature) => signatureOf(signature, model, path));
  } catch (error) {
    if (error instanceof UnsupportedError) throw error;
    throw new ArtifactInvalidError(
      `${path}: not a whole LiteRT file (${oneLine(error)}); export the model again`,
    );
  }
}

function signatureOf(signature: Table, model: Table, path: string): FileSignature {
  const subgraph = at(model.tables(MODEL.subgraphs), signature.uint32(SIGNATURE.subgraph));
  const tensors = subgraph.tables(SUBGRAPH.tensors);
  const buffers = model.tables(MODEL.buffers);
  const operators = subgraph.tables(SUBGRAPH.operators);
  const computed = new Set(operators.flatMap((operator) => operator.int32s(OPERATOR.outputs)));
  return {
    name: signature.string(SIGNATURE.key),
    inputs: signature.tables(SIGNATURE.inputs).map((input) => tensorOf(input, tensors, path)),
    outputs: signature.tables(SIGNATURE.outputs).map((output) => {
      const index = output.uint32(TENSOR_MAP.tensor);
      const value = at(buffers, at(tensors, index).uint32(TENSOR.buffer)).bytes(BUFFER.data);
      const isConstant = !computed.has(index) && value.byteLength > 0;
      return { ...tensorOf(output, tensors, path), ...(isConstant ? { constant: value } : {}) };
    }),
  };
}

function tensorOf(entry: Table, tensors: readonly Table[], path: string): FileTensor {
  const name = entry.string(TENSOR_MAP.name);
  const tensor = at(tensors, entry.uint32(TENSOR_MAP.tensor));
  const type = tensor.byte(TENSOR.type);
  const dtype = DTYPES.get(type);
  if (!dtype) {
    throw new UnsupportedError(
      `${path}: '${name}' has LiteRT's type ${type}, which LiteRT.js has no tensors of`,
    );
  }
  const shape = tensor.int32s(TENSOR.shape);
  const declared = tensor.int32s(TENSOR.declared);
  return { name, dtype, shape, declared: declared.length > 0 ? declared : shape };
}

export function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new RangeError(`there is no element ${index}`);
  return value;
}
