// ONNX models of one operator, by hand. Field numbers are those of onnx.proto.

import protobuf from "protobufjs/light.js";

export const ONNX_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** y = operator(x), both of one dtype and of shape [?]. */
export function onnxModel(operator: string, type: number): Uint8Array<ArrayBuffer> {
  const node = message((m) => text(text(text(m, 1, "x"), 2, "y"), 4, operator));
  const graph = message((m) => {
    text(bytes(m, 1, node), 2, "graph");
    bytes(bytes(m, 11, value("x", type)), 12, value("y", type));
  });
  const operatorSet = message((m) => m.uint32(tag(2, 0)).int64(17));
  const model = message((m) =>
    bytes(bytes(m.uint32(tag(1, 0)).int64(8), 7, graph), 8, operatorSet),
  );
  return new Uint8Array(model);
}

function value(name: string, type: number): Uint8Array {
  const shape = message((m) =>
    bytes(
      m,
      1,
      message((dimension) => text(dimension, 2, "n")),
    ),
  );
  const tensorType = message((m) => bytes(m.uint32(tag(1, 0)).int32(type), 2, shape));
  return message((m) =>
    bytes(
      text(m, 1, name),
      2,
      message((inner) => bytes(inner, 1, tensorType)),
    ),
  );
}

function message(write: (writer: protobuf.Writer) => unknown): Uint8Array {
  const writer = protobuf.Writer.create();
  write(writer);
  return writer.finish();
}

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

function text(writer: protobuf.Writer, field: number, value: string): protobuf.Writer {
  return writer.uint32(tag(field, 2)).string(value);
}

function bytes(writer: protobuf.Writer, field: number, value: Uint8Array): protobuf.Writer {
  return writer.uint32(tag(field, 2)).bytes(value);
}
