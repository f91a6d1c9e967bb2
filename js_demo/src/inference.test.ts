import { ModelInferRequest } from "./contract/generated.ts";
import { type Draft, decode, encode } from "./contract/messages.ts";
import { InputDtypeError, InputNameError, InputShapeError, ProtocolError } from "./errors.ts";
import { responseOfTensors, type TensorFiles, tensorsOfRequest } from "./inference.ts";
import { tensor } from "./tensors.ts";
import { test } from "./testing/test.ts";

function requestOf(draft: Draft<ModelInferRequest>): ModelInferRequest {
  return decode(ModelInferRequest, encode(ModelInferRequest, draft));
}

const X = { name: "x", datatype: "INT16", shape: [2n] };
const RAW = Uint8Array.of(1, 0, 255, 255);
const FILES: TensorFiles = {
  read: async (path, offset, size) => {
    if (path !== "/region") throw new Error(path);
    return Uint8Array.of(0, ...RAW, 0).subarray(offset, offset + size);
  },
  write: async () => "/written",
};
const REGION = {
  shared_memory_region: { stringParam: "/region" },
  shared_memory_offset: { int64Param: 1n },
  shared_memory_byte_size: { int64Param: 4n },
};

test("raw contents, contents and files give the same tensor", async (assert) => {
  const wanted = { x: tensor("int16", [2], [1, -1]) };
  const requests = [
    { inputs: [X], rawInputContents: [RAW] },
    { inputs: [{ ...X, contents: { intContents: [1, -1] } }] },
    { inputs: [{ ...X, parameters: REGION }] },
  ];
  for (const request of requests) {
    assert.deepEqual(await tensorsOfRequest(requestOf(request), FILES), wanted);
  }
});

test("every kind of contents is read", async (assert) => {
  const contents = {
    BOOL: { boolContents: [true] },
    UINT8: { uintContents: [1] },
    UINT64: { uint64Contents: [2n ** 64n - 1n] },
    INT64: { int64Contents: [-(2n ** 63n)] },
    FP32: { fp32Contents: [0.5] },
    FP64: { fp64Contents: [0.1] },
    BYTES: { bytesContents: [Uint8Array.of(255)] },
  };
  const values = [1, 1, 2n ** 64n - 1n, -(2n ** 63n), 0.5, 0.1, 255];
  const inputs = Object.entries(contents).map(([datatype, content]) => ({
    name: datatype,
    datatype,
    shape: [1n],
    contents: content,
  }));
  const tensors = await tensorsOfRequest(requestOf({ inputs }));
  const got = Object.values(tensors).map(({ data }) => data[0]);
  assert.deepEqual(
    got.map((value) => (value instanceof Uint8Array ? value[0] : value)),
    values,
  );
});

test("an input in a file takes no raw content", async (assert) => {
  const inputs = [
    { ...X, name: "a", parameters: REGION },
    { ...X, name: "b" },
  ];
  const tensors = await tensorsOfRequest(requestOf({ inputs, rawInputContents: [RAW] }), FILES);
  assert.deepEqual(tensors.a, tensors.b);
});

test("a tensor with no elements needs no contents", async (assert) => {
  const tensors = await tensorsOfRequest(requestOf({ inputs: [{ ...X, shape: [0n] }] }));
  assert.deepEqual(tensors.x, tensor("int16", [0], []));
});

const WRONG: [string, Draft<ModelInferRequest>, new (message: string) => Error][] = [
  ["given twice", { inputs: [X, X], rawInputContents: [RAW, RAW] }, InputNameError],
  ["of an unknown datatype", { inputs: [{ ...X, datatype: "C64" }] }, InputDtypeError],
  ["of a negative shape", { inputs: [{ ...X, shape: [-1n] }] }, InputShapeError],
  ["of another size", { inputs: [X], rawInputContents: [RAW.subarray(1)] }, InputShapeError],
  ["without contents", { inputs: [X] }, InputShapeError],
  [
    "without raw contents that others have",
    { inputs: [X, { ...X, name: "y" }], rawInputContents: [RAW] },
    ProtocolError,
  ],
  ["with raw contents left over", { inputs: [X], rawInputContents: [RAW, RAW] }, ProtocolError],
  ["in a file where none is allowed", { inputs: [{ ...X, parameters: REGION }] }, ProtocolError],
  [
    "of halves outside of the raw contents",
    { inputs: [{ ...X, datatype: "FP16", contents: { intContents: [1, 2] } }] },
    ProtocolError,
  ],
];
for (const [what, request, kind] of WRONG) {
  test(`an input ${what} is refused`, (assert) =>
    assert.rejects(tensorsOfRequest(requestOf(request)), kind));
}

test("outputs are ordered by name, and large ones are written to files", async (assert) => {
  const outputs = { b: tensor("int16", [2], [1, -1]), a: tensor("uint8", [1], [9]) };
  const response = await responseOfTensors(outputs, requestOf({ id: "7" }), FILES, 3n);
  assert.equal(response.id, "7");
  assert.deepEqual(
    response.outputs?.map(({ name, datatype, shape }) => [name, datatype, shape]),
    [
      ["a", "UINT8", [1n]],
      ["b", "INT16", [2n]],
    ],
  );
  assert.deepEqual(response.rawOutputContents, [Uint8Array.of(9)]);
  assert.equal(response.outputs?.[1]?.parameters?.shared_memory_region?.stringParam, "/written");
});
