// A frozen GraphDef, read and cut down to what its outputs need.

import {
  type AttrValue,
  type FunctionDef,
  GraphDef,
  type NodeDef,
} from "../../contract/generated_graph.ts";
import { decode } from "../../contract/messages.ts";
import { ArtifactInvalidError, ArtifactTooLargeError, oneLine } from "../../errors.ts";
import { GATE_OPERATOR } from "./operators.ts";

/** Protobuf has no larger messages. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * A reference to a node's output: "node", "node:1", "node:output:1", or "^node" for a control
 * dependency.
 */
export interface Reference {
  readonly node: string;
  readonly control: boolean;
  /** Within functions: the output's name. */
  readonly output?: string;
  readonly index: number;
}

export function parseReference(text: string): Reference {
  if (text.startsWith("^")) return { node: text.slice(1), control: true, index: 0 };
  const [node = "", second, third] = text.split(":");
  if (second === undefined) return { node, control: false, index: 0 };
  if (third === undefined) return { node, control: false, index: Number(second) };
  return { node, control: false, output: second, index: Number(third) };
}

export function parseGraph(bytes: Uint8Array, path: string): GraphDef {
  if (bytes.byteLength > MAX_BYTES) {
    throw new ArtifactTooLargeError(
      `${path}: ${bytes.byteLength} bytes, a GraphDef has at most ${MAX_BYTES}`,
    );
  }
  try {
    return decode(GraphDef, bytes);
  } catch (error) {
    throw new ArtifactInvalidError(
      `${path}: not a GraphDef (${oneLine(error)}); export the model again`,
    );
  }
}

/** The names of the functions that a node calls. */
export function functionsOf(node: NodeDef): string[] {
  const names = ({ func, list }: AttrValue) =>
    [func, ...(list?.func ?? [])].flatMap((call) => call?.name ?? []);
  return Object.values(node.attr).flatMap(names);
}

/**
 * The graph without what `wanted` (node names) does not need. The nodes in `fed` get their values
 * from outside. There are no control dependencies any more: nodes that are reached through them
 * only (assertions, prints) change no output of a frozen graph.
 */
export function reachablePart(
  graph: GraphDef,
  wanted: readonly string[],
  fed: ReadonlySet<string>,
  path: string,
): GraphDef {
  const placeholders = graph.node.map((node) =>
    fed.has(node.name) ? { ...node, op: "Placeholder", input: [], attr: {} } : node,
  );
  const node = reachableNodes(gateInvariants(placeholders), new Set(), wanted, path);
  const library = new Map(
    graph.library?.function.map((definition) => [definition.signature?.name ?? "", definition]),
  );
  const reached = new Map<string, FunctionDef>();
  const pending = node.flatMap(functionsOf);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name)) continue;
    const definition = library.get(name);
    if (!definition) {
      throw new ArtifactInvalidError(`${path}: calls function '${name}', which it lacks`);
    }
    const args = new Set(definition.signature?.inputArg.map((arg) => arg.name));
    const results = Object.values(definition.ret).map((result) => parseReference(result).node);
    const nodeDef = reachableNodes(definition.nodeDef, args, results, path);
    reached.set(name, { ...definition, nodeDef });
    for (const called of nodeDef.flatMap(functionsOf)) pending.push(called);
  }
  return { ...graph, node, library: { function: [...reached.values()] } };
}

function reachableNodes(
  nodes: readonly NodeDef[],
  args: ReadonlySet<string>,
  wanted: readonly string[],
  path: string,
): NodeDef[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const reached = new Map<string, NodeDef>();
  const pending = [...wanted];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name) || args.has(name)) continue;
    const node = byName.get(name);
    if (!node) {
      throw new ArtifactInvalidError(
        `${path}: needs node '${name}', which it lacks; export the model again`,
      );
    }
    const input = node.input.filter((text) => !parseReference(text).control);
    reached.set(name, { ...node, input });
    for (const text of input) pending.push(parseReference(text).node);
  }
  return nodes.flatMap(({ name }) => reached.get(name) ?? []);
}

/**
 * The operators that initializers stand for: often a NoOp that only groups others by control
 * dependencies.
 */
export function initializersOf(graph: GraphDef, names: readonly string[]): string[] {
  return throughNoOps(names, new Map(graph.node.map((node) => [node.name, node])));
}

/** The nodes of these names, and in the place of each NoOp those that it waits for. */
function throughNoOps(names: readonly string[], byName: ReadonlyMap<string, NodeDef>): string[] {
  const found: string[] = [];
  // NoOps may wait for each other, and many for the same.
  const seen = new Set<string>();
  const pending = names.toReversed();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const node = byName.get(name);
    if (node?.op !== "NoOp") found.push(name);
    else for (const text of node.input.toReversed()) pending.push(parseReference(text).node);
  }
  return found;
}

/**
 * In graphs with v1 control flow, an operator whose inputs never change within its branch or loop
 * is held back by control dependencies alone: without them both branches of a Merge would be alive,
 * and TensorFlow.js would run it in the first round of a loop only. Gates make such dependencies
 * ordinary inputs.
 */
function gateInvariants(nodes: readonly NodeDef[]): NodeDef[] {
  if (!nodes.some(({ op }) => op === "Merge")) return [...nodes];
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const isInvariant = (name: string) => {
    const node = byName.get(name);
    return node?.op === "Const" || (node?.op === "Enter" && node.attr.is_constant?.b === true);
  };
  return nodes.flatMap((node) => {
    const data = inputsOf(node, false);
    if (node.op === "Merge" ? !data.some(isInvariant) : !data.every(isInvariant)) return [node];
    const gates: NodeDef[] = [];
    const input = node.input.map((text, index) => {
      const { node: name, control } = parseReference(text);
      if (control || !isInvariant(name)) return text;
      const holders = new Set(
        [node, byName.get(name) as NodeDef].flatMap((held) => holdersOf(held, byName)),
      );
      if (holders.size === 0) return text;
      const gate = `${node.name}#${index}`;
      gates.push({
        name: gate,
        op: GATE_OPERATOR,
        input: [text, ...holders],
        device: "",
        attr: {},
      });
      return gate;
    });
    return [...gates, { ...node, input }];
  });
}

/**
 * The pivots that a node's control dependencies lead to, through the NoOps between them. A Switch
 * is none, since one of its outputs is always dead; an Enter is none, since it says nothing of the
 * round.
 */
function holdersOf(node: NodeDef, byName: ReadonlyMap<string, NodeDef>): string[] {
  return throughNoOps(inputsOf(node, true), byName).filter((name) => {
    const holder = byName.get(name);
    return holder !== undefined && holder.op !== "Switch" && holder.op !== "Enter";
  });
}

function inputsOf(node: NodeDef, control: boolean): string[] {
  const references = node.input.map(parseReference);
  return references
    .filter((reference) => reference.control === control)
    .map((reference) => reference.node);
}
