// Tensors in and out of the messages between the harness and a runner.

import type { Draft } from "../contract/messages.ts";
import type {
  InferParameter,
  InferTensorContents,
  ModelInferRequest,
  ModelInferRequest_InferInputTensor,
  ModelInferResponse,
} from "../contract/generated.ts";
import { arrayTypeOf, type Dtype, dtypeOfDatatype } from "../dtypes.ts";
import { InputDtypeError, InputNameError, InputShapeError, ProtocolError } from "../errors.ts";
import {
  datatypeOf,
  rawOfTensor,
  sizeOf,
  type Tensor,
  type Tensors,
  tensorFromRaw,
} from "../tensors.ts";

/** Where large tensors travel. */
export interface TensorFiles {
  read(path: string, offset: number, size: number): Promise<Uint8Array>;
  /** The absolute path of a new file with these bytes. */
  write(bytes: Uint8Array): Promise<string>;
}

export async function tensorsOfRequest(
  request: ModelInferRequest,
  files: TensorFiles,
): Promise<Tensors> {
  const tensors = new Map<string, Tensor>();
  const raw = request.rawInputContents[Symbol.iterator]();
  for (const input of request.inputs) {
    if (tensors.has(input.name))
      throw new InputNameError(`input '${input.name}': given twice; give it once`);
    tensors.set(
      input.name,
      await tensorOf(input, request.rawInputContents.length > 0 ? raw : undefined, files),
    );
  }
  if (!raw.next().done)
    throw new ProtocolError("request: has more raw contents than inputs that need them");
  return Object.fromEntries(tensors);
}

async function tensorOf(
  input: ModelInferRequest_InferInputTensor,
  raw: Iterator<Uint8Array> | undefined,
  files: TensorFiles,
): Promise<Tensor> {
  const subject = `input '${input.name}'`;
  const dtype = dtypeOfDatatype(input.datatype);
  if (!dtype)
    throw new InputDtypeError(
      `${subject}: datatype '${input.datatype}' is no word of the protocol`,
    );
  const shape = input.shape.map(Number);
  if (shape.some((dimension) => dimension < 0))
    throw new InputShapeError(`${subject}: shape [${shape}] is negative`);
  const {
    shared_memory_region: region,
    shared_memory_offset: offset,
    shared_memory_byte_size: size,
  } = input.parameters;
  if (region) {
    const [path, from, bytes] = [region.stringParam, numberOf(offset), numberOf(size)];
    if (path === undefined || bytes === undefined)
      throw new ProtocolError(`${subject}: its region has no path or size`);
    return tensorFromRaw(dtype, shape, await files.read(path, from ?? 0, bytes), subject);
  }
  if (!raw) return tensorFromContents(dtype, shape, input.contents, subject);
  const content = raw.next();
  if (content.done) throw new ProtocolError(`${subject}: has no raw contents, others have`);
  return tensorFromRaw(dtype, shape, content.value, subject);
}

function numberOf(parameter: InferParameter | undefined): number | undefined {
  const value = parameter?.int64Param ?? parameter?.uint64Param;
  return value === undefined ? undefined : Number(value);
}

function tensorFromContents(
  dtype: Dtype,
  shape: readonly number[],
  contents: InferTensorContents | null,
  subject: string,
): Tensor {
  const values: readonly unknown[] = contents ? contents[contentsField(dtype, subject)] : [];
  if (values.length !== sizeOf(shape)) {
    throw new InputShapeError(
      `${subject}: got ${values.length} elements, its shape wants ${sizeOf(shape)}`,
    );
  }
  if (dtype === "string") return { dtype, shape, data: values as Uint8Array[] };
  const data = new (arrayTypeOf(dtype))(values.length);
  values.forEach((value, index) => {
    data[index] = (typeof value === "boolean" ? Number(value) : value) as never;
  });
  return { dtype, shape, data };
}

function contentsField(dtype: Dtype, subject: string): keyof InferTensorContents {
  switch (dtype) {
    case "bool":
      return "boolContents";
    case "uint8":
    case "uint16":
    case "uint32":
      return "uintContents";
    case "uint64":
      return "uint64Contents";
    case "int8":
    case "int16":
    case "int32":
      return "intContents";
    case "int64":
      return "int64Contents";
    case "float32":
      return "fp32Contents";
    case "float64":
      return "fp64Contents";
    case "string":
      return "bytesContents";
    case "float16":
    case "bfloat16":
      throw new ProtocolError(`${subject}: ${dtype} travels in the raw contents only`);
  }
}

/** A tensor of more than `inlineLimit` bytes is written to a file. Outputs are ordered by name. */
export async function responseOfTensors(
  tensors: Tensors,
  request: ModelInferRequest,
  files: TensorFiles,
  inlineLimit: bigint,
): Promise<Draft<ModelInferResponse>> {
  const rawOutputContents: Uint8Array[] = [];
  const outputs = [];
  for (const name of Object.keys(tensors).sort()) {
    const tensor = tensors[name] as Tensor;
    const raw = rawOfTensor(tensor);
    const isInline = BigInt(raw.byteLength) <= inlineLimit;
    if (isInline) rawOutputContents.push(raw);
    const parameters = isInline ? {} : regionOf(await files.write(raw), raw.byteLength);
    outputs.push({
      name,
      datatype: datatypeOf(tensor),
      shape: tensor.shape.map(BigInt),
      parameters,
    });
  }
  return { modelName: request.modelName, id: request.id, outputs, rawOutputContents };
}

function regionOf(path: string, size: number): Draft<Record<string, InferParameter>> {
  return {
    shared_memory_region: { stringParam: path },
    shared_memory_offset: { int64Param: 0n },
    shared_memory_byte_size: { int64Param: BigInt(size) },
  };
}
