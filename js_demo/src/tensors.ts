// Tensors, and their raw form in the Open Inference Protocol: row-major, little-endian, without
// padding; a BYTES element is a uint32 length and that many bytes.
//
//   const x: Tensor = tensor("float32", [1, 2], [0.5, -1]);

import {
  arrayTypeOf,
  DTYPES,
  type Dtype,
  type NumericData,
  type NumericDtype,
  type TensorData,
} from "./dtypes.ts";
import { InputDtypeError, InputShapeError } from "./errors.ts";

export interface Tensor {
  readonly dtype: Dtype;
  /** Empty: a scalar. */
  readonly shape: readonly number[];
  /** Row-major; `sizeOf(shape)` elements. */
  readonly data: TensorData;
}

/** By input or output name. */
export type Tensors = Readonly<Record<string, Tensor>>;

if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
  throw new Error("the raw form of tensors is little-endian, and this machine is not");
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/**
 * A tensor from plain values: numbers; bigint for the 64-bit types; text or bytes for strings; bits
 * for the halves.
 */
export function tensor(
  dtype: Dtype,
  shape: readonly number[],
  values: readonly (number | bigint | boolean | string | Uint8Array)[],
): Tensor {
  if (values.length !== sizeOf(shape)) {
    throw new InputShapeError(
      `tensor: got ${values.length} values, shape [${shape}] wants ${sizeOf(shape)}; give as many`,
    );
  }
  if (dtype === "string") {
    const encoder = new TextEncoder();
    const data = values.map((value) =>
      value instanceof Uint8Array ? value : encoder.encode(String(value)),
    );
    return { dtype, shape, data };
  }
  return { dtype, shape, data: numbersFrom(dtype, values, "tensor") };
}

/**
 * The array of a dtype with these values. Throws InputDtypeError for one that the dtype does not
 * have: 300 is no uint8. float32 and float64 round. `subject` names the tensor in the error.
 */
export function numbersFrom(
  dtype: NumericDtype,
  values: readonly unknown[],
  subject: string,
): NumericData {
  const data = new (arrayTypeOf(dtype))(values.length);
  const kind =
    data instanceof BigInt64Array || data instanceof BigUint64Array ? "bigint" : "number";
  const rounds = dtype === "float32" || dtype === "float64";
  values.forEach((value, index) => {
    const number = typeof value === "boolean" ? Number(value) : value;
    if (typeof number === kind) data[index] = number as never;
    if (typeof number !== kind || (!rounds && data[index] !== number)) {
      throw new InputDtypeError(
        `${subject}: got ${typeof value} ${value} at ${index}, wanted a ${kind} that is ${dtype}`,
      );
    }
  });
  return data;
}

/** The same bytes as an array of `dtype`: a view where the bytes are aligned, else a copy. */
export function arrayOfBytes(dtype: NumericDtype, bytes: Uint8Array): NumericData {
  const type = arrayTypeOf(dtype);
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new type(aligned.buffer, aligned.byteOffset, aligned.byteLength / type.BYTES_PER_ELEMENT);
}

export function bytesOfArray(data: NumericData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** `subject` names the tensor in the error. */
export function tensorFromRaw(
  dtype: Dtype,
  shape: readonly number[],
  raw: Uint8Array,
  subject: string,
): Tensor {
  const size = sizeOf(shape);
  if (dtype === "string") return { dtype, shape, data: stringsFromRaw(raw, size, subject) };
  const wanted = size * arrayTypeOf(dtype).BYTES_PER_ELEMENT;
  if (raw.byteLength !== wanted) {
    throw new InputShapeError(
      `${subject}: got ${raw.byteLength} bytes, ${dtype} [${shape}] has ${wanted}; send exactly its elements`,
    );
  }
  return { dtype, shape, data: arrayOfBytes(dtype, raw) };
}

function stringsFromRaw(raw: Uint8Array, size: number, subject: string): Uint8Array[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const strings: Uint8Array[] = [];
  let offset = 0;
  while (offset + 4 <= raw.byteLength) {
    const end = offset + 4 + view.getUint32(offset, true);
    if (end > raw.byteLength) break;
    strings.push(raw.subarray(offset + 4, end));
    offset = end;
  }
  if (offset !== raw.byteLength || strings.length !== size) {
    throw new InputShapeError(
      `${subject}: got ${strings.length} whole strings in ${raw.byteLength} bytes, its shape wants ${size}; ` +
        "write each as a uint32 length and its bytes",
    );
  }
  return strings;
}

export function rawOfTensor(tensor: Tensor): Uint8Array {
  if (tensor.dtype !== "string") return bytesOfArray(tensor.data as NumericData);
  const strings = tensor.data as Uint8Array[];
  const raw = new Uint8Array(strings.reduce((length, bytes) => length + 4 + bytes.length, 0));
  const view = new DataView(raw.buffer);
  let offset = 0;
  for (const bytes of strings) {
    view.setUint32(offset, bytes.length, true);
    raw.set(bytes, offset + 4);
    offset += 4 + bytes.length;
  }
  return raw;
}

/** The protocol's word for the tensor's element type. */
export function datatypeOf(tensor: Tensor): string {
  return DTYPES[tensor.dtype].datatype;
}
