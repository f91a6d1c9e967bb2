// GraphDefs by hand.

import { type Artifact, DataType, type Signature } from "../contract/generated.ts";
import {
  type AttrValue,
  type FunctionDef,
  GraphDef,
  type NodeDef,
} from "../contract/generated_graph.ts";
import { type Draft, decode, encode } from "../contract/messages.ts";
import { DTYPES, type Dtype } from "../dtypes.ts";
import { rawOfTensor, tensor } from "../tensors.ts";

type Attributes = Record<string, Draft<AttrValue>>;

export function node(
  name: string,
  op: string,
  input: string[] = [],
  attr: Attributes = {},
): Draft<NodeDef> {
  return { name, op, input, attr };
}

export function typed(dtype: Dtype): Draft<AttrValue> {
  return { type: DTYPES[dtype].tensorflow };
}

export function placeholder(name: string, dtype: Dtype): Draft<NodeDef> {
  return node(name, "Placeholder", [], { dtype: typed(dtype) });
}

export function constant(
  name: string,
  dtype: Exclude<Dtype, "string">,
  shape: number[],
  values: (number | bigint)[],
  control: string[] = [],
): Draft<NodeDef> {
  const value: Draft<AttrValue> = {
    tensor: {
      dtype: DTYPES[dtype].tensorflow,
      tensorShape: { dim: shape.map((size) => ({ size: BigInt(size) })) },
      tensorContent: rawOfTensor(tensor(dtype, shape, values)),
    },
  };
  return node(name, "Const", control, { dtype: typed(dtype), value });
}

export function functionNamed(
  name: string,
  inputs: readonly string[],
  nodeDef: Draft<NodeDef>[],
  ret: Record<string, string>,
): Draft<FunctionDef> {
  const argument = (name: string) => ({ name, type: DataType.DT_FLOAT });
  return {
    signature: {
      name,
      inputArg: inputs.map(argument),
      outputArg: Object.keys(ret).map(argument),
    },
    nodeDef,
    ret,
  };
}

export function graphBytes(
  nodes: Draft<NodeDef>[],
  functions: Draft<FunctionDef>[] = [],
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encode(GraphDef, { node: nodes, library: { function: functions } }));
}

export function graphOf(nodes: Draft<NodeDef>[], functions: Draft<FunctionDef>[] = []): GraphDef {
  return decode(GraphDef, graphBytes(nodes, functions));
}

export const HALF_PLUS_TWO_GRAPH = graphBytes([
  placeholder("x", "float32"),
  constant("half", "float32", [], [0.5]),
  constant("two", "float32", [], [2]),
  node("product", "Mul", ["x", "half"], { T: typed("float32") }),
  node("y", "AddV2", ["product", "two"], { T: typed("float32") }),
]);

/**
 * A signature of one-dimensional tensors whose names in the artifact are their keys, with ":0" for
 * graphs.
 */
export function signatureOf(
  inputs: Readonly<Record<string, Dtype>>,
  outputs: Readonly<Record<string, Dtype>>,
  format = "frozen_graph",
): { signature: Signature; artifact: Artifact } {
  const specs = (dtypes: Readonly<Record<string, Dtype>>) =>
    Object.entries(dtypes).map(([name, dtype]) => ({ name, dtype, shape: [], unknownRank: true }));
  const bindings = (dtypes: Readonly<Record<string, Dtype>>) =>
    Object.keys(dtypes).map((name) => ({
      name,
      tensor: format === "frozen_graph" ? `${name}:0` : name,
    }));
  return {
    signature: { name: "serving_default", inputs: specs(inputs), outputs: specs(outputs) },
    artifact: {
      format,
      path: "artifact",
      bindings: [
        {
          signature: "serving_default",
          inputs: bindings(inputs),
          outputs: bindings(outputs),
        },
      ],
      tags: [],
      pythonModules: [],
      initializers: [],
      repairs: [],
    },
  };
}
