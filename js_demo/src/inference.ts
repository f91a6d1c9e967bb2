// Tensors in and out of the messages of the Open Inference Protocol.

import type {
  InferParameter,
  InferTensorContents,
  ModelInferRequest,
  ModelInferRequest_InferInputTensor,
  ModelInferResponse,
} from "./contract/generated.ts";
import type { Draft } from "./contract/messages.ts";
import { type Dtype, dtypeOfDatatype } from "./dtypes.ts";
import { InputDtypeError, InputNameError, InputShapeError, ProtocolError } from "./errors.ts";
import {
  datatypeOf,
  numbersFrom,
  rawOfTensor,
  sizeOf,
  type Tensor,
  type Tensors,
  tensorFromRaw,
} from "./tensors.ts";

/** Where large tensors travel between the harness and a runner. */
export interface TensorFiles {
  read(path: string, offset: number, size: number): Promise<Uint8Array>;
  /** The absolute path of a new file with these bytes. */
  write(bytes: Uint8Array): Promise<string>;
}

/** Without `files` a tensor in a file is refused, as in a golden case. */
export function tensorsOfRequest(
  request: ModelInferRequest,
  files?: TensorFiles,
): Promise<Tensors> {
  return tensorsOf(request.inputs, request.rawInputContents, "input", files);
}

export function tensorsOfResponse(response: ModelInferResponse): Promise<Tensors> {
  return tensorsOf(response.outputs, response.rawOutputContents, "output");
}

/** Inputs and outputs have the same fields. */
type WireTensor = ModelInferRequest_InferInputTensor;

async function tensorsOf(
  wire: readonly WireTensor[],
  rawContents: readonly Uint8Array[],
  role: "input" | "output",
  files?: TensorFiles,
): Promise<Tensors> {
  const tensors = new Map<string, Tensor>();
  const raw = rawContents.length > 0 ? rawContents.values() : undefined;
  for (const tensor of wire) {
    const subject = `${role} '${tensor.name}'`;
    if (tensors.has(tensor.name)) throw new InputNameError(`${subject}: given twice; give it once`);
    tensors.set(tensor.name, await tensorOf(tensor, raw, subject, files));
  }
  if (raw && !raw.next().done) {
    throw new ProtocolError(
      `got more raw contents than ${role}s that need them; send one for each`,
    );
  }
  return Object.fromEntries(tensors);
}

async function tensorOf(
  wire: WireTensor,
  raw: Iterator<Uint8Array> | undefined,
  subject: string,
  files?: TensorFiles,
): Promise<Tensor> {
  const dtype = dtypeOfDatatype(wire.datatype);
  if (!dtype) {
    throw new InputDtypeError(`${subject}: datatype '${wire.datatype}' is no word of the protocol`);
  }
  const shape = wire.shape.map(Number);
  if (shape.some((dimension) => dimension < 0)) {
    throw new InputShapeError(`${subject}: got shape [${shape}], wanted dimensions of 0 or more`);
  }
  if (wire.parameters.shared_memory_region) {
    return tensorFromRaw(dtype, shape, await readRegion(wire, subject, files), subject);
  }
  if (!raw) return tensorFromContents(dtype, shape, wire.contents, subject);
  const content = raw.next();
  if (content.done) throw new ProtocolError(`${subject}: has no raw contents, others have`);
  return tensorFromRaw(dtype, shape, content.value, subject);
}

async function readRegion(wire: WireTensor, subject: string, files?: TensorFiles) {
  const { shared_memory_region, shared_memory_offset, shared_memory_byte_size } = wire.parameters;
  const path = shared_memory_region?.stringParam;
  const size = numberOf(shared_memory_byte_size);
  if (!files) throw new ProtocolError(`${subject}: is in a file, wanted it in the message`);
  if (path === undefined || size === undefined) {
    throw new ProtocolError(`${subject}: its region has no path or no size`);
  }
  return files.read(path, numberOf(shared_memory_offset) ?? 0, size);
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
  return { dtype, shape, data: numbersFrom(dtype, values, subject) };
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
