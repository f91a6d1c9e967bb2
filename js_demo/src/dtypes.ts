// The element types that the protocol has words for: their name (TensorFlow's), the protocol's
// word, TensorFlow's enum, and the typed array that holds them.

import { DataType } from "./contract/generated.ts";
import { UnsupportedError } from "./errors.ts";

/** float16 and bfloat16 are held as their 16 bits; bool as 0 and 1; a string is any bytes. */
interface Arrays {
  bool: Uint8Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  string: Uint8Array[];
}

export type Dtype = keyof Arrays;
export type NumericDtype = Exclude<Dtype, "string">;
export type TensorData = Arrays[Dtype];
export type NumericData = Arrays[NumericDtype];

interface NumericArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): NumericData;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericData;
}

interface Row {
  /** The Open Inference Protocol's word. */
  readonly datatype: string;
  readonly tensorflow: DataType;
  /** Undefined for strings, whose elements have different lengths. */
  readonly array?: NumericArrayType;
}

export const DTYPES: Readonly<Record<Dtype, Row>> = {
  bool: { datatype: "BOOL", tensorflow: DataType.DT_BOOL, array: Uint8Array },
  uint8: { datatype: "UINT8", tensorflow: DataType.DT_UINT8, array: Uint8Array },
  uint16: { datatype: "UINT16", tensorflow: DataType.DT_UINT16, array: Uint16Array },
  uint32: { datatype: "UINT32", tensorflow: DataType.DT_UINT32, array: Uint32Array },
  uint64: { datatype: "UINT64", tensorflow: DataType.DT_UINT64, array: BigUint64Array },
  int8: { datatype: "INT8", tensorflow: DataType.DT_INT8, array: Int8Array },
  int16: { datatype: "INT16", tensorflow: DataType.DT_INT16, array: Int16Array },
  int32: { datatype: "INT32", tensorflow: DataType.DT_INT32, array: Int32Array },
  int64: { datatype: "INT64", tensorflow: DataType.DT_INT64, array: BigInt64Array },
  float16: { datatype: "FP16", tensorflow: DataType.DT_HALF, array: Uint16Array },
  bfloat16: { datatype: "BF16", tensorflow: DataType.DT_BFLOAT16, array: Uint16Array },
  float32: { datatype: "FP32", tensorflow: DataType.DT_FLOAT, array: Float32Array },
  float64: { datatype: "FP64", tensorflow: DataType.DT_DOUBLE, array: Float64Array },
  string: { datatype: "BYTES", tensorflow: DataType.DT_STRING },
};

const NAMES = Object.keys(DTYPES) as Dtype[];
const BY_DATATYPE = new Map(NAMES.map((name) => [DTYPES[name].datatype, name]));
const BY_TENSORFLOW = new Map(NAMES.map((name) => [DTYPES[name].tensorflow, name]));

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPES, name);
}

/** `subject` names the tensor in the error. */
export function dtypeNamed(name: string, subject: string): Dtype {
  if (isDtype(name)) return name;
  throw new UnsupportedError(
    `${subject}: dtype ${name} has no word in the Open Inference Protocol`,
  );
}

export function dtypeOfDatatype(datatype: string): Dtype | undefined {
  return BY_DATATYPE.get(datatype);
}

/** Undefined: a type that no tensor of ours can have, such as DT_RESOURCE. */
export function dtypeOfTensorflow(type: DataType): Dtype | undefined {
  return BY_TENSORFLOW.get(type);
}

export function arrayTypeOf(dtype: NumericDtype): NumericArrayType {
  return DTYPES[dtype].array as NumericArrayType;
}
