// A LiteRT file for other shapes than it was written with.
//
// LiteRT.js 2.5 makes room for its answers by the shapes in the file, and takes what is there after
// the run, whoever wrote it. For another batch, for a shape that depends on values, and for an output
// that is an input, zeros or memory of before come back. So the file is given the shapes of the
// inputs, and for each output a copy of fixed shape at the end of the graph. What these shapes are,
// nobody knows before the run: they are measured by operators that are added, too.

import { at } from "./file.ts";
import { NewTable, NewText, Table, type Value, writeBefore } from "./flatbuffer.ts";
import {
  ADD,
  type Builtin,
  changed,
  INT32,
  MODEL,
  operator,
  operatorCode,
  RESHAPE,
  SHAPE,
  SIGNATURE,
  SUBGRAPH,
  TENSOR,
  TENSOR_MAP,
  tensor,
} from "./schema.ts";

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** The name of the output that tells the shape of another one, doubled. */
export function shapeOf(output: string): string {
  return `shape of ${output}`;
}

/**
 * `bytes` with one signature only, and the shapes of its inputs by their names. Its outputs are
 * those in `outputs`, of these shapes, and the shape of each in `measured`, doubled: LiteRT would
 * take a mere shape for a constant, and leave it unwritten.
 */
export function resized(
  bytes: Uint8Array,
  name: string,
  inputs: Shapes,
  outputs: Shapes,
  measured: Iterable<string>,
): Uint8Array<ArrayBuffer> {
  const model = Table.root(bytes);
  const signature = at(
    model.tables(MODEL.signatures).filter((entry) => entry.string(SIGNATURE.key) === name),
    0,
  );
  const number = signature.uint32(SIGNATURE.subgraph);
  const subgraphs = model.tables(MODEL.subgraphs);
  const old = at(subgraphs, number).tables(SUBGRAPH.tensors);
  const inputIndices = indicesOf(signature, SIGNATURE.inputs);
  const outputIndices = indicesOf(signature, SIGNATURE.outputs);
  const graph = new Addition(model, at(subgraphs, number));
  for (const [input, shape] of inputs) graph.setShape(inputIndices.get(input) ?? -1, shape);
  const results = new Map<string, number>();
  for (const [output, shape] of outputs) {
    const index = outputIndices.get(output) ?? -1;
    graph.setShape(index, shape);
    const type = at(old, index).byte(TENSOR.type);
    results.set(output, graph.add(RESHAPE, [index], shape, type, [[...shape]]));
  }
  for (const output of measured) {
    const index = outputIndices.get(output) ?? -1;
    const rank = [at(old, index).int32s(TENSOR.shape).length];
    const shape = graph.add(SHAPE, [index], rank, INT32, [INT32]);
    results.set(shapeOf(output), graph.add(ADD, [shape, shape], rank, INT32, []));
  }
  const entries = [...results].map(([result, index]) => new NewTable([new NewText(result), index]));
  return writeBefore(
    bytes,
    changed(model, "model", {
      [MODEL.operatorCodes]: graph.codes,
      [MODEL.subgraphs]: subgraphs.map((subgraph, index) =>
        index === number ? graph.subgraph([...results.values()]) : subgraph,
      ),
      [MODEL.signatures]: [changed(signature, "signature", { [SIGNATURE.outputs]: entries })],
    }),
  );
}

/** The numbers of a signature's tensors, by their names. */
function indicesOf(signature: Table, field: number): Map<string, number> {
  return new Map(
    signature
      .tables(field)
      .map((entry) => [entry.string(TENSOR_MAP.name), entry.uint32(TENSOR_MAP.tensor)]),
  );
}

/** A graph with operators added at its end. */
class Addition {
  readonly codes: Value[];
  readonly #subgraph: Table;
  readonly #tensors: Value[];
  readonly #operators: Value[];

  constructor(model: Table, subgraph: Table) {
    this.codes = model.tables(MODEL.operatorCodes);
    this.#subgraph = subgraph;
    this.#tensors = subgraph.tables(SUBGRAPH.tensors);
    this.#operators = subgraph.tables(SUBGRAPH.operators);
  }

  setShape(index: number, shape: readonly number[]) {
    const changes = { [TENSOR.shape]: [...shape], [TENSOR.declared]: undefined };
    const before = at(this.#subgraph.tables(SUBGRAPH.tensors), index);
    this.#tensors[index] = changed(before, "tensor", changes);
  }

  /** The number of the new operator's only output. */
  add(
    builtin: Builtin,
    inputs: number[],
    shape: readonly number[],
    type: number,
    options: Value[],
  ): number {
    const output = this.#tensors.push(tensor(shape, type)) - 1;
    const code = this.codes.push(operatorCode(builtin)) - 1;
    this.#operators.push(operator(builtin, code, inputs, [output], options));
    return output;
  }

  subgraph(outputs: number[]): NewTable {
    return changed(this.#subgraph, "subgraph", {
      [SUBGRAPH.tensors]: this.#tensors,
      [SUBGRAPH.outputs]: outputs,
      [SUBGRAPH.operators]: this.#operators,
    });
  }
}
