// Frozen GraphDefs in TensorFlow.js, without a converter.

import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

import type {
  Artifact,
  Binding,
  NodeDef,
  Signature,
  TensorBinding,
} from "../../contract/generated.ts";
import { dtypeNamed, type TensorData } from "../../dtypes.ts";
import { type Engine, type EngineModel, tensorNameOf } from "../../engine.ts";
import { ArtifactInvalidError, oneLine, RunFailedError, UnsupportedError } from "../../errors.ts";
import type { Tensor, Tensors } from "../../tensors.ts";
import type { Backend } from "./backends.ts";
import { carrierOf, fromCarrier, type NativeDtype, toCarrier } from "./carriers.ts";
import { initializersOf, parseGraph, parseReference, reachablePart } from "./graph.ts";
import { hasOperator, isAsynchronous, registerOperators } from "./operators.ts";
import { checkSupport } from "./support.ts";
import { topologyOf } from "./topology.ts";

export class TfjsEngine implements Engine {
  readonly runtime: string;
  readonly #backend: Backend;

  /** `place` is where it runs, such as "tfjs-node". */
  constructor(place: string, backend: Backend) {
    this.runtime = `${place}/${backend.name}`;
    this.#backend = backend;
    registerOperators();
  }

  async version(): Promise<string> {
    return tf.version_core;
  }

  async load(
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    _signatures: readonly Signature[],
  ): Promise<EngineModel> {
    await this.#backend.prepare();
    if (!(await tf.setBackend(this.#backend.name))) {
      throw new UnsupportedError(`${this.runtime}: the backend does not start on this machine`);
    }
    const whole = parseGraph(bytes, artifact.path);
    const initializers = initializersOf(whole, artifact.initializers);
    const nodesOf = (bindings: readonly TensorBinding[]) =>
      bindings.map(({ tensor }) => parseReference(tensor).node);
    const wanted = artifact.bindings.flatMap(({ outputs }) => nodesOf(outputs));
    const fed = new Set(artifact.bindings.flatMap(({ inputs }) => nodesOf(inputs)));
    const graph = reachablePart(whole, [...wanted, ...initializers], fed, artifact.path);
    checkSupport(graph, (operator) => this.#has(operator), this.runtime);
    const { graph: modelTopology, constants } = topologyOf(graph);
    const tensors = [...constants].map(
      ([name, value]) => [name, toTensor(value, `Const '${name}'`)] as const,
    );
    // Tensors in place of bytes: decodeWeights would copy every weight.
    const decodeWeights = () => Object.fromEntries(tensors);
    const handler = tf.io.fromMemory({
      modelTopology,
      weightSpecs: [],
      weightData: new ArrayBuffer(0),
    });
    try {
      const model = await loadGraphModel(handler, {}, { ...tf.io, decodeWeights });
      if (initializers.length > 0) await model.executeAsync({}, initializers);
      return new TfjsModel(model, graph.node);
    } catch (error) {
      throw new ArtifactInvalidError(
        `${artifact.path}: TensorFlow.js cannot read it (${oneLine(error)})`,
      );
    }
  }

  #has(operator: string): boolean {
    // Kernels are called after the operator that they stand for; what no backend registers needs
    // none.
    const needsKernel = tf.getKernel(operator, "cpu") !== undefined;
    const hasKernel = tf.getKernel(operator, this.#backend.name) !== undefined;
    return hasOperator(operator) && (hasKernel || !needsKernel);
  }
}

class TfjsModel implements EngineModel {
  readonly #model: GraphModel;
  readonly #nodes: ReadonlySet<string>;
  readonly #weights: ReadonlySet<tf.Tensor>;
  readonly #isAsynchronous: boolean;

  constructor(model: GraphModel, nodes: readonly NodeDef[]) {
    this.#model = model;
    this.#nodes = new Set(nodes.map(({ name }) => name));
    this.#weights = new Set(Object.values(model.weights).flat());
    this.#isAsynchronous = nodes.some(({ op }) => isAsynchronous(op));
  }

  async run(binding: Binding, signature: Signature, inputs: Tensors) {
    const fed: Record<string, tf.Tensor> = {};
    let results: tf.Tensor[] = [];
    try {
      for (const { name } of signature.inputs) {
        const node = parseReference(tensorNameOf(binding.inputs, name)).node;
        // An input that no output needs is no part of the model.
        if (this.#nodes.has(node)) fed[node] = toTensor(inputs[name] as Tensor, `input '${name}'`);
      }
      const names = signature.outputs.map(({ name }) => tensorNameOf(binding.outputs, name));
      const start = performance.now();
      results = await this.#execute(fed, names, signature.name);
      const values = await Promise.all(results.map(valuesOf));
      const seconds = (performance.now() - start) / 1000;
      const outputs = signature.outputs.map((spec, index): Tensor => {
        const result = results[index] as tf.Tensor;
        const wanted = dtypeNamed(spec.dtype, `output '${spec.name}'`);
        const dtype = carrierOf(wanted) === result.dtype ? wanted : (result.dtype as NativeDtype);
        const data = fromCarrier(values[index] as TensorData, dtype, `output '${spec.name}'`);
        return { dtype, shape: result.shape, data };
      });
      return { outputs, seconds };
    } finally {
      const tensors = [...Object.values(fed), ...results];
      tf.dispose(tensors.filter((tensor) => !this.#weights.has(tensor)));
    }
  }

  async #execute(
    fed: Record<string, tf.Tensor>,
    names: string[],
    signature: string,
  ): Promise<tf.Tensor[]> {
    try {
      const results = this.#isAsynchronous
        ? await this.#model.executeAsync(fed, names)
        : this.#model.execute(fed, names);
      return Array.isArray(results) ? results : [results];
    } catch (error) {
      const message = `signature '${signature}': ${oneLine(error)}`;
      if (/not registered for backend|not implemented|Unknown op/i.test(message)) {
        throw new UnsupportedError(message);
      }
      throw new RunFailedError(message);
    }
  }

  close() {
    this.#model.dispose();
  }
}

function toTensor(value: Tensor, subject: string): tf.Tensor {
  const carrier = toCarrier(value, subject);
  return tf.tensor(
    carrier as tf.TensorLike,
    [...value.shape],
    carrierOf(value.dtype) as NativeDtype,
  );
}

/** Strings as their bytes: as text they would have to be UTF-8. */
function valuesOf(tensor: tf.Tensor): Promise<TensorData> {
  return (tensor.dtype === "string" ? tensor.bytes() : tensor.data()) as Promise<TensorData>;
}
