import { ArtifactInvalidError, UnsupportedError } from "../../errors.ts";
import { test } from "../../testing/test.ts";
import { signaturesOfFile } from "./file.ts";
import { NewTable, NewText, Table, type Value, writeBefore } from "./flatbuffer.ts";
import { resized, shapeOf } from "./resize.ts";
import {
  ADD,
  MODEL,
  operator,
  operatorCode,
  SIGNATURE,
  SUBGRAPH,
  TENSOR,
  tensor,
} from "./schema.ts";

const FLOAT32 = 0;
const STRING = 5;
/** A file of nothing but its identifier, to write before. */
const NOTHING = new TextEncoder().encode("....TFL3");

/** y = x + x over float32 [?,2], which hands x on as well, and has a constant. */
function doubling(type = FLOAT32): Uint8Array<ArrayBuffer> {
  const entry = (name: string, index: number) => new NewTable([new NewText(name), index]);
  const open = () => {
    const { fields } = tensor([1, 2], type);
    return new NewTable([...fields, ...Array(7 - fields.length), [-1, 2]]);
  };
  const constant = new NewTable([[1], FLOAT32, 1]);
  const graph = new NewTable([
    [open(), open(), constant],
    [0],
    [1, 0, 2],
    [operator(ADD, 0, [0, 0], [1], [])],
  ]);
  const signature = new NewTable([
    [entry("x", 0)],
    [entry("y", 1), entry("same", 0), entry("one", 2)],
    new NewText("double"),
    undefined,
    0,
  ]);
  // Four characters are four bytes: the bits of 1.0.
  const bits = new NewText("");
  const buffers = [new NewTable([]), new NewTable([Object.assign(bits, { bytes: ONE })])];
  return writeBefore(
    NOTHING,
    new NewTable([
      3,
      [operatorCode(ADD)],
      [graph],
      undefined,
      buffers,
      undefined,
      undefined,
      [signature],
    ]),
  );
}

const ONE = new Uint8Array(Float32Array.of(1).buffer);

test("a file's signatures are read, with their constants", (assert) => {
  const x = { name: "x", dtype: "float32", shape: [1, 2], declared: [-1, 2] };
  assert.deepEqual(signaturesOfFile(doubling(), "file"), [
    {
      name: "double",
      inputs: [x],
      outputs: [
        { ...x, name: "y" },
        { ...x, name: "same" },
        { name: "one", dtype: "float32", shape: [1], declared: [1], constant: ONE },
      ],
    },
  ]);
});

test("what is no LiteRT file, or not all of one, is refused", (assert) => {
  const file = doubling();
  assert.throws(() => signaturesOfFile(new Uint8Array(), "file"), ArtifactInvalidError);
  assert.throws(
    () => signaturesOfFile(new TextEncoder().encode("x".repeat(99)), "file"),
    ArtifactInvalidError,
  );
  for (let length = 8; length < file.length - NOTHING.length; length += 4) {
    assert.throws(() => signaturesOfFile(file.slice(0, length), "file"), ArtifactInvalidError);
  }
});

test("a tensor of strings is refused by its name", (assert) =>
  assert.throws(
    () => signaturesOfFile(doubling(STRING), "file"),
    new UnsupportedError("file: 'x' has LiteRT's type 5, which LiteRT.js has no tensors of"),
  ));

test("a resized file has the shapes of its inputs, and of copies of its outputs", (assert) => {
  const shapes = (name: string) => new Map([[name, [3, 2]]]);
  const file = resized(doubling(), "double", shapes("x"), shapes("y"), ["y"]);
  const [signature] = signaturesOfFile(file, "file");
  assert.deepEqual(signature?.inputs[0]?.declared, [3, 2]);
  assert.deepEqual(
    signature?.outputs.map(({ name, dtype, shape }) => [name, dtype, shape]),
    [
      ["y", "float32", [3, 2]],
      [shapeOf("y"), "int32", [2]],
    ],
  );
  const model = Table.root(file);
  const [graph] = model.tables(MODEL.subgraphs);
  // The old one, the copy, the shape, and its double.
  assert.equal(graph?.tables(SUBGRAPH.operators).length, 4);
  assert.equal(graph?.tables(SUBGRAPH.tensors)[0]?.int32s(TENSOR.declared).length, 0);
  assert.equal(model.tables(MODEL.signatures)[0]?.string(SIGNATURE.key), "double");
});

test("a file can be resized again", (assert) => {
  const shape = (rows: number) => new Map([["x", [rows, 2]]]);
  const once = resized(doubling(), "double", shape(3), new Map(), ["y"]);
  const twice = resized(once, "double", shape(4), new Map(), [shapeOf("y")]);
  assert.deepEqual(signaturesOfFile(twice, "file")[0]?.inputs[0]?.shape, [4, 2]);
});

test("a small file whose tables refer to each other over and over is refused at once", (assert) => {
  const entries = Array<NewTable>(3000).fill(new NewTable([new NewText("x"), 0]));
  const tensors = Array<NewTable>(3000).fill(tensor([1], FLOAT32));
  const fields = Array<Value | undefined>(MODEL.signatures + 1).fill(undefined);
  fields[MODEL.subgraphs] = [new NewTable([tensors, [0], [0], []])];
  fields[MODEL.buffers] = [new NewTable([])];
  fields[MODEL.signatures] = [new NewTable([entries, entries, new NewText("s"), undefined, 0])];
  const one = writeBefore(NOTHING, new NewTable(fields));
  assert.equal(signaturesOfFile(one, "model.tflite").length, 1);

  const model = Table.root(one);
  fields[MODEL.subgraphs] = model.value(MODEL.subgraphs, "reference");
  fields[MODEL.buffers] = model.value(MODEL.buffers, "reference");
  fields[MODEL.signatures] = Array<Table>(3000).fill(model.tables(MODEL.signatures)[0] as Table);
  const many = writeBefore(one, new NewTable(fields));
  assert.throws(() => signaturesOfFile(many, "model.tflite"), ArtifactInvalidError);
});
