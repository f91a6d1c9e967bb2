// The value of a Const node, in any of the encodings of a TensorProto.

import type { NodeDef, TensorProto } from "../../contract/generated_graph.ts";
import { arrayTypeOf, type Dtype, dtypeOfTensorflow, type NumericDtype } from "../../dtypes.ts";
import { ArtifactInvalidError, UnsupportedError } from "../../errors.ts";
import { arrayOfBytes, sizeOf, type Tensor } from "../../tensors.ts";

/** That one value may stand for: a file of fifty bytes must not ask for all memory. */
const MAX_FILLED_BYTES = 2 ** 28;
const BYTES_OF_A_REFERENCE = 8;

/** Numeric values are a view into the file's bytes where the encoding allows it. */
export function constantOf(node: NodeDef): Tensor {
  const subject = `Const '${node.name}'`;
  const proto = node.attr.value?.tensor;
  if (!proto) throw new ArtifactInvalidError(`${subject}: has no value; export the model again`);
  const dtype = dtypeOfTensorflow(proto.dtype);
  if (!dtype) {
    throw new UnsupportedError(
      `${subject}: dtype number ${proto.dtype} has no word in the protocol`,
    );
  }
  const shape = proto.tensorShape?.dim.map(({ size }) => Number(size)) ?? [];
  const size = sizeOf(shape);
  if (dtype === "string") {
    checkCount(proto.stringVal, shape, BYTES_OF_A_REFERENCE, subject);
    const last = proto.stringVal.at(-1) ?? new Uint8Array();
    const data = Array.from({ length: size }, (_, index) => proto.stringVal[index] ?? last);
    return { dtype, shape, data };
  }
  if (proto.tensorContent.byteLength > 0) {
    return { dtype, shape, data: fromContent(proto, dtype, size, subject) };
  }
  const values = valuesOf(proto, dtype);
  const type = arrayTypeOf(dtype);
  checkCount(values, shape, type.BYTES_PER_ELEMENT, subject);
  const data = new type(size);
  // Without any value all are 0.
  values.forEach((value, index) => {
    data[index] = value as never;
  });
  if (values.length > 0) data.fill(values.at(-1) as never, values.length);
  return { dtype, shape, data };
}

function fromContent(proto: TensorProto, dtype: NumericDtype, size: number, subject: string) {
  const bytes = proto.tensorContent;
  const wanted = size * arrayTypeOf(dtype).BYTES_PER_ELEMENT;
  if (bytes.byteLength !== wanted) {
    throw new ArtifactInvalidError(
      `${subject}: got ${bytes.byteLength} bytes, its shape wants ${wanted}`,
    );
  }
  return arrayOfBytes(dtype, bytes.byteOffset % 4 === 0 ? bytes : alignedInPlace(bytes));
}

/**
 * Moves the bytes to the next lower multiple of 4 within their buffer, so that large weights need
 * no second copy. The up to 3 bytes written over are the field's own tag and length and those of
 * the TensorProto around it, read already.
 */
function alignedInPlace(bytes: Uint8Array): Uint8Array {
  const start = bytes.byteOffset - (bytes.byteOffset % 4);
  new Uint8Array(bytes.buffer).copyWithin(
    start,
    bytes.byteOffset,
    bytes.byteOffset + bytes.byteLength,
  );
  return new Uint8Array(bytes.buffer, start, bytes.byteLength);
}

function valuesOf(proto: TensorProto, dtype: NumericDtype): readonly unknown[] {
  const fields: Readonly<Record<Exclude<Dtype, "string">, readonly unknown[]>> = {
    bool: proto.boolVal,
    uint8: proto.intVal,
    uint16: proto.intVal,
    uint32: proto.uint32Val,
    uint64: proto.uint64Val,
    int8: proto.intVal,
    int16: proto.intVal,
    int32: proto.intVal,
    int64: proto.int64Val,
    float16: proto.halfVal,
    bfloat16: proto.halfVal,
    float32: proto.floatVal,
    float64: proto.doubleVal,
  };
  return fields[dtype];
}

/** Fewer values than elements stand for more: the last one is repeated. */
function checkCount(
  values: readonly unknown[],
  shape: readonly number[],
  elementBytes: number,
  subject: string,
) {
  const size = sizeOf(shape);
  if (values.length > size || shape.some((dimension) => dimension < 0)) {
    throw new ArtifactInvalidError(
      `${subject}: got ${values.length} values, its shape [${shape}] wants ${size}`,
    );
  }
  if ((size - values.length) * elementBytes > MAX_FILLED_BYTES) {
    throw new ArtifactInvalidError(
      `${subject}: got ${values.length} values for ${size} elements, more than memory can hold`,
    );
  }
}
