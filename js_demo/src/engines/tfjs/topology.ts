// A GraphDef in the form that TensorFlow.js loads: proto JSON without the constants' values, and
// the constants by name.

import { DataType } from "../../contract/generated.ts";
import type { FunctionDef, GraphDef, NodeDef } from "../../contract/generated_graph.ts";
import { dtypeOfTensorflow, DTYPES } from "../../dtypes.ts";
import { ArtifactInvalidError } from "../../errors.ts";
import type { Tensor } from "../../tensors.ts";
import { carrierOf } from "./carriers.ts";
import { constantOf } from "./constants.ts";
import { parseReference } from "./graph.ts";

export interface Topology {
  /** What `tf.io.ModelArtifacts.modelTopology` wants. */
  readonly graph: object;
  readonly constants: ReadonlyMap<string, Tensor>;
}

export function topologyOf(graph: GraphDef): Topology {
  const functions = graph.library?.function.map(withUniqueConstants) ?? [];
  const nodes = [...graph.node, ...functions.flatMap(({ nodeDef }) => nodeDef)];
  const constants = nodes
    .filter(({ op }) => op === "Const")
    .map((node) => [node.name, constantOf(node)] as const);
  return {
    graph: {
      node: graph.node.map(jsonOfNode),
      library: {
        function: functions.map((definition) => ({
          ...definition,
          nodeDef: definition.nodeDef.map(jsonOfNode),
        })),
      },
      versions: {
        producer: graph.versions?.producer ?? 0,
        minConsumer: graph.versions?.minConsumer ?? 0,
      },
    },
    constants: new Map(constants),
  };
}

/**
 * TensorFlow.js keeps the constants of all functions under their names alone, knows outputs of
 * functions by number only, and mixes up two results that come from one node. So constants get the
 * function's name ("#" is in no name of TensorFlow), references become numbers, and each result
 * gets an Identity of its own.
 */
function withUniqueConstants(definition: FunctionDef): FunctionDef {
  const scope = definition.signature?.name ?? "";
  const byName = new Map(definition.nodeDef.map((node) => [node.name, node]));
  const rename = (name: string) => (byName.get(name)?.op === "Const" ? `${name}#${scope}` : name);
  const renumber = (text: string) => {
    const { node, output, index } = parseReference(text);
    return `${rename(node)}:${positionOf(byName.get(node)?.op, output, index)}`;
  };
  const nodes = definition.nodeDef.map((node) => ({
    ...node,
    name: rename(node.name),
    input: node.input.map(renumber),
  }));
  const results = (definition.signature?.outputArg ?? []).map((result): NodeDef => {
    const source = definition.ret[result.name];
    if (source === undefined) {
      throw new ArtifactInvalidError(`function '${scope}': no value for '${result.name}'`);
    }
    return {
      name: `${result.name}#result`,
      op: "Identity",
      input: [renumber(source)],
      device: "",
      attr: {},
    };
  });
  return {
    ...definition,
    nodeDef: [...nodes, ...results],
    ret: Object.fromEntries(Object.keys(definition.ret).map((name) => [name, `${name}#result:0`])),
  };
}

/**
 * The output names of the operators that have several; others have one name, which may stand for a
 * list.
 */
const OUTPUT_NAMES: Readonly<Record<string, readonly string[]>> = {
  FusedBatchNorm: ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
  FusedBatchNormV2: ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"],
  FusedBatchNormV3: [
    "y",
    "batch_mean",
    "batch_variance",
    "reserve_space_1",
    "reserve_space_2",
    "reserve_space_3",
  ],
  ListDiff: ["out", "idx"],
  MaxPoolWithArgmax: ["output", "argmax"],
  Merge: ["output", "value_index"],
  NonMaxSuppressionV4: ["selected_indices", "valid_outputs"],
  NonMaxSuppressionV5: ["selected_indices", "selected_scores", "valid_outputs"],
  RaggedRange: ["rt_nested_splits", "rt_dense_values"],
  SparseFillEmptyRows: [
    "output_indices",
    "output_values",
    "empty_row_indicator",
    "reverse_index_map",
  ],
  SparseReshape: ["output_indices", "output_shape"],
  StringNGrams: ["ngrams", "ngrams_splits"],
  StringSplit: ["indices", "values", "shape"],
  Switch: ["output_false", "output_true"],
  TensorArrayConcatV3: ["value", "lengths"],
  TensorArrayV3: ["handle", "flow"],
  TensorListConcat: ["tensor", "lengths"],
  TensorListConcatV2: ["tensor", "lengths"],
  TensorListPopBack: ["output_handle", "tensor"],
  TopKV2: ["values", "indices"],
  Unique: ["y", "idx"],
  UniqueV2: ["y", "idx"],
};

function positionOf(
  operator: string | undefined,
  output: string | undefined,
  index: number,
): number {
  const names = OUTPUT_NAMES[operator ?? ""];
  if (!names || output === undefined) return index;
  if (!names.includes(output)) {
    throw new ArtifactInvalidError(`operator ${operator}: has no output '${output}'`);
  }
  return names.indexOf(output) + index;
}

/**
 * Attributes as the op mapper reads them: numbers, strings as bytes, every dtype as its carrier.
 */
function jsonOfNode(node: NodeDef): object {
  const attributes = Object.entries(node.attr).filter(([, value]) => value.tensor === undefined);
  return {
    ...node,
    attr: Object.fromEntries(attributes.map(([name, value]) => [name, jsonOf(value)])),
  };
}

function jsonOf(value: unknown, key = ""): unknown {
  if (key === "type" && typeof value === "number") return carrierType(value as DataType);
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map((element) => jsonOf(element, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, jsonOf(member, name)]),
  );
}

/** A type without a carrier stays: it is of TensorFlow.js's own objects, or was refused before. */
function carrierType(type: DataType): DataType {
  const dtype = dtypeOfTensorflow(type);
  const carrier = dtype && carrierOf(dtype);
  return carrier ? DTYPES[carrier].tensorflow : type;
}
