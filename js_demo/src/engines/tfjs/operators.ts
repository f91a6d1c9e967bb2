// Operators that TensorFlow.js gets from us.

import { type GraphNode, registerOp } from "@tensorflow/tfjs-converter";
import type { TensorList } from "@tensorflow/tfjs-converter/dist/executor/tensor_list";
import { OperationMapper } from "@tensorflow/tfjs-converter/dist/operations/operation_mapper";
import {
  cumprod,
  cumsum,
  div,
  erf,
  floor,
  floorDiv,
  sub,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { bandPart, cumulative, gatherIn, oneHot } from "./corrections.ts";

/** Passes its first input on once its others are alive; graph.ts says what for. */
export const GATE_OPERATOR = "ModelparityGate";

/** TensorFlow.js knows its own operators by category; it has no public list of them. */
const CATEGORIES = (
  OperationMapper.Instance as unknown as { opMappers: Record<string, { category: string }> }
).opMappers;

/** Operators of these categories answer with promises. */
const ASYNCHRONOUS_CATEGORIES = new Set(["control", "dynamic", "hash_table"]);

/**
 * It has them, but hands their text attributes on in lower case: "[A-Z]" would match other letters.
 */
const WRONG_OPERATORS = new Set(["StaticRegexReplace"]);

/** What it lacks and gets from us, besides GATE_OPERATOR, which no model has. */
const OWN_OPERATORS = new Set(["Erfc"]);

export function hasOperator(operator: string): boolean {
  if (WRONG_OPERATORS.has(operator)) return false;
  if (operator === GATE_OPERATOR || OWN_OPERATORS.has(operator)) return true;
  return Object.hasOwn(CATEGORIES, operator);
}

export function isAsynchronous(operator: string): boolean {
  return ASYNCHRONOUS_CATEGORIES.has(CATEGORIES[operator]?.category ?? "");
}

/** Makes TensorFlow.js know our operators; saying it twice does no harm. */
export function registerOperators() {
  // A copy, since the executor frees a result once its consumers ran, and a loop asks for it again.
  registerOp(GATE_OPERATOR, (node) => (node.inputs[0] as Tensor).clone());

  // Within 1e-7 of Erfc in float32; exact GELU is made of it.
  registerOp("Erfc", (node) => {
    const [x] = node.inputs as [Tensor];
    return tidy(() => sub(1, erf(x)));
  });

  // Its own gives int32, whatever it takes.
  registerOp("FloorDiv", (node) => {
    const [x, y] = node.inputs as [Tensor, Tensor];
    return tidy(() => (x.dtype === "int32" ? floorDiv(x, y) : floor(div(x, y))));
  });

  registerOp("Cumsum", ({ inputs, attrs }) => {
    const [x, axis] = inputs as [Tensor, Tensor];
    return tidy(() => cumulative(cumsum, x, axis, attrs));
  });
  registerOp("Cumprod", ({ inputs, attrs }) => {
    const [x, axis] = inputs as [Tensor, Tensor];
    return tidy(() => cumulative(cumprod, x, axis, attrs));
  });
  registerOp("MatrixBandPart", ({ inputs }) => {
    const [x, lower, upper] = inputs as [Tensor, Tensor, Tensor];
    return tidy(() => bandPart(x, lower, upper));
  });
  registerOp("OneHot", ({ inputs, attrs }) => {
    const [indices, depth, on, off] = inputs as [Tensor, Tensor, Tensor, Tensor];
    return tidy(() => oneHot(indices, depth, on, off, (attrs.axis as number) ?? -1));
  });
  registerOp("GatherV2", ({ inputs, attrs }) => {
    const [x, indices, axis] = inputs as [Tensor, Tensor, Tensor];
    return tidy(() => gatherIn(x, indices, axis, (attrs.batch_dims as number) ?? 0));
  });

  // The executor frees all that a function computed when the function ends, elements of lists
  // included: TensorFlow.js 4.22 then fails when the list is read. So lists own copies.
  registerOp("TensorListSetItem", (node) => {
    const [handle, index, element] = node.inputs as [Tensor, Tensor, Tensor];
    const list = listOf(node, handle);
    const position = index.dataSync()[0] as number;
    const replaced = list.tensors[position];
    list.setItem(position, element.clone());
    replaced?.dispose();
    return list.idTensor;
  });
  registerOp("TensorListPushBack", (node) => {
    const [handle, element] = node.inputs as [Tensor, Tensor];
    const list = listOf(node, handle);
    list.pushBack(element.clone());
    return list.idTensor;
  });
}

function listOf(node: GraphNode, handle: Tensor): TensorList {
  const { context } = node as unknown as { context: { getTensorList(id: number): TensorList } };
  return context.getTensorList(handle.id);
}
