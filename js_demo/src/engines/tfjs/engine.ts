// Frozen GraphDefs in TensorFlow.js, without a converter.

import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

import type { Artifact, Signature, TensorBinding } from "../../contract/generated.ts";
import type { NodeDef } from "../../contract/generated_graph.ts";
import { dtypeNamed, type TensorData } from "../../dtypes.ts";
import type { Call, Engine, EngineModel } from "../../engine.ts";
import {
  ArtifactInvalidError,
  ModelParityError,
  oneLine,
  RunFailedError,
  UnsupportedError,
} from "../../errors.ts";
import type { Tensor, Tensors } from "../../tensors.ts";
import type { Backend } from "./backends.ts";
import { carrierOf, fromCarrier, MAX_INT32, type NativeDtype, toCarrier } from "./carriers.ts";
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
    const device = this.#backend.device?.();
    return device === undefined ? tf.version_core : `${tf.version_core} on ${device}`;
  }

  async load(
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    _signatures: readonly Signature[],
  ): Promise<EngineModel> {
    await this.#backend.prepare();
    await use(this.#backend, this.runtime);
    const whole = parseGraph(bytes, artifact.path);
    const initializers = initializersOf(whole, artifact.initializers);
    const nodesOf = (bindings: readonly TensorBinding[]) =>
      bindings.map(({ tensor }) => parseReference(tensor).node);
    const wanted = artifact.bindings.flatMap(({ outputs }) => nodesOf(outputs));
    const fed = new Set(artifact.bindings.flatMap(({ inputs }) => nodesOf(inputs)));
    const graph = reachablePart(whole, [...wanted, ...initializers], fed, artifact.path);
    checkSupport(graph, (operator) => this.#has(operator), this.runtime);
    const { graph: modelTopology, constants } = topologyOf(graph);
    const weights = new Map<string, tf.Tensor>();
    // Tensors in place of bytes: decodeWeights would copy every weight.
    const decodeWeights = () => Object.fromEntries(weights);
    const handler = tf.io.fromMemory({
      modelTopology,
      weightSpecs: [],
      weightData: new ArrayBuffer(0),
    });
    try {
      for (const [name, value] of constants) {
        weights.set(name, toTensor(value, this.#backend, `Const '${name}'`));
      }
      const model = await loadGraphModel(handler, {}, { ...tf.io, decodeWeights });
      if (initializers.length > 0) await model.executeAsync({}, initializers);
      return new TfjsModel(model, graph.node, this.#backend, this.runtime);
    } catch (error) {
      tf.dispose([...weights.values()]);
      if (error instanceof ModelParityError) throw error;
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

/** TensorFlow.js computes in one backend at a time. */
async function use(backend: Backend, runtime: string) {
  if (tf.engine().backendName === backend.name) return;
  if (!(await tf.setBackend(backend.name))) {
    throw new UnsupportedError(`${runtime}: the backend does not start on this machine`);
  }
}

class TfjsModel implements EngineModel {
  readonly #model: GraphModel;
  readonly #backend: Backend;
  readonly #runtime: string;
  readonly #nodes: ReadonlySet<string>;
  readonly #weights: ReadonlySet<tf.Tensor>;
  readonly #weightData: ReadonlySet<object>;
  readonly #isAsynchronous: boolean;

  constructor(model: GraphModel, nodes: readonly NodeDef[], backend: Backend, runtime: string) {
    this.#model = model;
    this.#backend = backend;
    this.#runtime = runtime;
    this.#nodes = new Set(nodes.map(({ name }) => name));
    this.#weights = new Set(Object.values(model.weights).flat());
    this.#weightData = new Set([...this.#weights].map(({ dataId }) => dataId));
    this.#isAsynchronous = nodes.some(({ op }) => isAsynchronous(op));
  }

  async run({ signature, ...bound }: Call, inputs: Tensors) {
    await use(this.#backend, this.#runtime);
    const fed: Record<string, tf.Tensor> = {};
    let results: tf.Tensor[] = [];
    try {
      for (const { name, tensor } of bound.inputs) {
        const { node } = parseReference(tensor);
        // An input that no output needs is no part of the model.
        if (!this.#nodes.has(node)) continue;
        fed[node] = toTensor(inputs[name] as Tensor, this.#backend, `input '${name}'`);
      }
      const given = new Set(Object.values(fed).map(({ dataId }) => dataId));
      const names = bound.outputs.map(({ tensor }) => tensor);
      results = await this.#execute(fed, names, signature.name);
      const values = await Promise.all(results.map(valuesOf));
      return signature.outputs.map((spec, index): Tensor => {
        const result = results[index] as tf.Tensor;
        const wanted = dtypeNamed(spec.dtype, `output '${spec.name}'`);
        const dtype = carrierOf(wanted) === result.dtype ? wanted : (result.dtype as NativeDtype);
        const isShared = this.#weightData.has(result.dataId) || given.has(result.dataId);
        // A constant's or an input's own values are not handed out: the caller may change them.
        const carrier = (isShared ? values[index]?.slice() : values[index]) as TensorData;
        if (result.dtype === "int32") {
          checkIntegers(carrier as Int32Array, this.#backend, `output '${spec.name}'`);
        }
        const data = fromCarrier(carrier, dtype, `output '${spec.name}'`);
        return { dtype, shape: result.shape, data };
      });
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
      throw new RunFailedError(message, { cause: error });
    }
  }

  close() {
    this.#model.dispose();
  }
}

function toTensor(value: Tensor, backend: Backend, subject: string): tf.Tensor {
  const carrier = toCarrier(value, subject);
  const dtype = carrierOf(value.dtype) as NativeDtype;
  if (dtype === "int32") checkIntegers(carrier as Int32Array, backend, subject);
  return tf.tensor(carrier as tf.TensorLike, [...value.shape], dtype);
}

/** Throws UnsupportedError when the backend may have rounded, or would round, one of the values. */
function checkIntegers(values: Int32Array, { name, maxInteger }: Backend, subject: string) {
  if (maxInteger === MAX_INT32) return;
  const inexact = values.find((value) => Math.abs(value) > maxInteger);
  if (inexact !== undefined) {
    throw new UnsupportedError(
      `${subject}: ${inexact} is beyond ${maxInteger}, where ${name} rounds integers`,
    );
  }
}

/** Strings as their bytes: as text they would have to be UTF-8. */
function valuesOf(tensor: tf.Tensor): Promise<TensorData> {
  return (tensor.dtype === "string" ? tensor.bytes() : tensor.data()) as Promise<TensorData>;
}
