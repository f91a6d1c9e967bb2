// TensorFlow.js computes in float32, int32, bool and string only. A tensor of another dtype travels
// in one of these, its carrier, as long as every value is the same in both:
//
//   uint8, uint16, uint32, uint64, int8, int16, int64 -> int32, values outside of int32 are refused
//   float16, bfloat16                                 -> float32, and back only when no bit is lost
//
// float64 has no carrier. No value is rounded or wrapped on its way in or out. What happens between,
// in int32 itself, is TensorFlow.js's own: products beyond 2^53 are rounded before they wrap, and on
// webgl whatever is beyond 2^24 within a graph.

import { arrayTypeOf, type Dtype, type NumericData, type TensorData } from "../../dtypes.ts";
import { UnsupportedError } from "../../errors.ts";
import type { Tensor } from "../../tensors.ts";

export type NativeDtype = "float32" | "int32" | "bool" | "string";

const CARRIERS: Readonly<Record<Dtype, NativeDtype | undefined>> = {
  bool: "bool",
  uint8: "int32",
  uint16: "int32",
  uint32: "int32",
  uint64: "int32",
  int8: "int32",
  int16: "int32",
  int32: "int32",
  int64: "int32",
  float16: "float32",
  bfloat16: "float32",
  float32: "float32",
  float64: undefined,
  string: "string",
};

const MIN_INT32 = -(2 ** 31);
export const MAX_INT32 = 2 ** 31 - 1;

export function carrierOf(dtype: Dtype): NativeDtype | undefined {
  return CARRIERS[dtype];
}

/** Whether TensorFlow.js has the dtype itself. */
export function isNative(dtype: Dtype): dtype is NativeDtype {
  return CARRIERS[dtype] === dtype;
}

/** The values in the tensor's carrier: the same array where the dtype is its own carrier. */
export function toCarrier(tensor: Tensor, subject: string): TensorData {
  const { dtype, data } = tensor;
  if (isNative(dtype)) return data;
  switch (dtype) {
    case "float16":
      return Float32Array.from(halves(data as Uint16Array));
    case "bfloat16":
      return new Float32Array(Uint32Array.from(data as Uint16Array, (bits) => bits << 16).buffer);
    case "float64":
      throw new UnsupportedError(`${subject}: float64; TensorFlow.js computes in float32 only`);
    default:
      return toInt32(data as NumericData, dtype, subject);
  }
}

function toInt32(data: NumericData, dtype: Dtype, subject: string): Int32Array {
  const result = new Int32Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const value = data[index] as number | bigint;
    if (value < MIN_INT32 || value > MAX_INT32) {
      throw new UnsupportedError(
        `${subject}: ${dtype} value ${value}; TensorFlow.js has int32 only`,
      );
    }
    result[index] = Number(value);
  }
  return result;
}

/** The values of `carrier` as `dtype`; refused when one of them is not the same there. */
export function fromCarrier(carrier: TensorData, dtype: Dtype, subject: string): TensorData {
  // A Cast of booleans keeps their bytes.
  if (isNative(dtype)) return inArrayOf(dtype, carrier);
  const refuse = (value: unknown): never => {
    throw new UnsupportedError(
      `${subject}: ${value} is no ${dtype}, and TensorFlow.js does not compute in ${dtype}`,
    );
  };
  switch (dtype) {
    case "float16": {
      const values = carrier as Float32Array;
      const result = new Float16Array(values);
      result.forEach((half, index) => Object.is(half, values[index]) || refuse(values[index]));
      return new Uint16Array(result.buffer);
    }
    case "bfloat16": {
      const bits = new Uint32Array(Float32Array.from(carrier as Float32Array).buffer);
      return Uint16Array.from(bits, (word, index) =>
        word & 0xffff ? refuse(carrier[index]) : word >>> 16,
      );
    }
    case "float64":
      return refuse("the output");
    default: {
      const values = carrier as Int32Array;
      const result = new (arrayTypeOf(dtype as "int32"))(values.length);
      values.forEach((value, index) => {
        result[index] = (dtype === "int64" || dtype === "uint64" ? BigInt(value) : value) as never;
        if (Number(result[index]) !== value) refuse(value);
      });
      return result;
    }
  }
}

function inArrayOf(dtype: NativeDtype, data: TensorData): TensorData {
  if (dtype === "string" || data instanceof arrayTypeOf(dtype)) return data;
  return new (arrayTypeOf(dtype) as Int32ArrayConstructor)(data as Uint8Array);
}

function halves(bits: Uint16Array): Float16Array {
  const aligned = bits.byteOffset % 2 === 0 ? bits : bits.slice();
  return new Float16Array(aligned.buffer, aligned.byteOffset, aligned.length);
}
