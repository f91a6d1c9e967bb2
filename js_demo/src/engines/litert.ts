// LiteRT models in LiteRT.js (WebAssembly, XNNPACK, one thread).
//
// This drives the library's WebAssembly objects, which its own classes wrap: those know float32,
// int32 and uint8 only.

import { getDefaultEnvironment, type LiteRt, loadLiteRt } from "@litertjs/core";
import { version } from "@litertjs/core/package.json";

import type { Artifact, Binding, Signature } from "../contract/generated.ts";
import { arrayTypeOf, type NumericDtype } from "../dtypes.ts";
import { type Engine, type EngineModel, tensorNameOf } from "../engine.ts";
import {
  ArtifactInvalidError,
  oneLine,
  RunFailedError,
  SignatureNotFoundError,
  UnsupportedError,
} from "../errors.ts";
import { rawOfTensor, sizeOf, type Tensor, type Tensors, tensorFromRaw } from "../tensors.ts";

type Wasm = LiteRt["liteRtWasm"];
type Model = ReturnType<Wasm["loadModel"]>;
type CompiledModel = Awaited<ReturnType<Wasm["compileModel"]>>;
type TensorBuffer = Awaited<ReturnType<CompiledModel["run"]>>[number];
type TensorType = ReturnType<Model["getInputTensorType"]>;

/** By LiteRT's number of an element type. Strings have no fixed size, which its buffers need. */
const DTYPES = new Map<number, NumericDtype>([
  [1, "float32"],
  [2, "int32"],
  [3, "uint8"],
  [4, "int64"],
  [6, "bool"],
  [7, "int16"],
  [9, "int8"],
  [10, "float16"],
  [11, "float64"],
  [13, "uint64"],
  [16, "uint32"],
  [17, "uint16"],
  [19, "bfloat16"],
]);

export class LiteRtEngine implements Engine {
  readonly runtime: string;
  readonly #folder: string;
  #wasm: Promise<Wasm> | undefined;

  /**
   * `runtime` is where it runs, such as "litertjs-chromium"; `folder` the URL of the package's WebAssembly,
   * with a final slash.
   */
  constructor(runtime: string, folder: string) {
    this.runtime = runtime;
    this.#folder = folder;
  }

  async version(): Promise<string> {
    return version;
  }

  async load(
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    signatures: readonly Signature[],
  ): Promise<EngineModel> {
    for (const { inputs, outputs } of signatures) {
      for (const { name, dtype } of [...inputs, ...outputs]) {
        if (![...DTYPES.values()].includes(dtype as NumericDtype)) {
          throw new UnsupportedError(`'${name}': ${dtype}; LiteRT.js has no tensors of it`);
        }
      }
    }
    this.#wasm ??= loadLiteRt(this.#folder).then(({ liteRtWasm }) => liteRtWasm);
    const wasm = await this.#wasm;
    const address = wasm._malloc(bytes.byteLength);
    try {
      wasm.HEAPU8.set(bytes, address);
      const environment = getDefaultEnvironment();
      const model = wasm.loadModel(environment.liteRtEnvironment, address, bytes.byteLength);
      const options = { accelerator: "wasm", cpuOptions: { numThreads: 1 } } as const;
      const filled = { ...options, environment, gpuOptions: {}, webNNOptions: {} };
      const compiled = await wasm.compileModel(environment.liteRtEnvironment, model, filled);
      return new LiteRtModel(wasm, model, compiled, address, artifact);
    } catch (error) {
      wasm._free(address);
      const message = `${artifact.path}: ${textOf(error)}`;
      throw /unsupported|unresolved|not supported/i.test(message)
        ? new UnsupportedError(message)
        : new ArtifactInvalidError(message);
    }
  }
}

class LiteRtModel implements EngineModel {
  readonly #wasm: Wasm;
  readonly #model: Model;
  readonly #compiled: CompiledModel;
  readonly #address: number;
  readonly #path: string;
  readonly #indices: ReadonlyMap<string, number>;

  constructor(
    wasm: Wasm,
    model: Model,
    compiled: CompiledModel,
    address: number,
    { path }: Artifact,
  ) {
    this.#wasm = wasm;
    this.#model = model;
    this.#compiled = compiled;
    this.#address = address;
    this.#path = path;
    this.#indices = new Map(
      Array.from({ length: model.getNumSignatures() }, (_, index) => [
        using(model.getSignature(index), (signature) => signature.key()),
        index,
      ]),
    );
  }

  async run(binding: Binding, signature: Signature, inputs: Tensors) {
    const index = this.#indices.get(signature.name) ?? this.#onlyIndex(signature.name);
    const [inputNames, outputNames] = using(this.#model.getSignature(index), (names) => [
      valuesOf(names.inputNames()),
      valuesOf(names.outputNames()),
    ]) as [string[], string[]];
    const keyOf = new Map(binding.inputs.map(({ name, tensor }) => [tensor, name]));
    const buffers: TensorBuffer[] = [];
    try {
      inputNames.forEach((name, position) => {
        const input = inputs[keyOf.get(name) ?? name];
        if (!input)
          throw new SignatureNotFoundError(`'${name}': ${this.#path} has it, the bundle not`);
        buffers.push(this.#bufferOf(input, index, position, keyOf.get(name) ?? name));
      });
      const start = performance.now();
      const results = await this.#call(index, buffers, signature.name);
      const seconds = (performance.now() - start) / 1000;
      buffers.push(...results);
      const outputs = signature.outputs.map((spec) => {
        const result = results[outputNames.indexOf(tensorNameOf(binding.outputs, spec.name))];
        if (!result) throw new RunFailedError(`output '${spec.name}': ${this.#path} has none such`);
        return this.#tensorOf(result, spec.name);
      });
      return { outputs, seconds };
    } finally {
      for (const buffer of buffers) buffer.delete();
    }
  }

  close() {
    this.#compiled.delete();
    this.#model.delete();
    this.#wasm._free(this.#address);
  }

  /** Files of older converters call their only signature as they like. */
  #onlyIndex(name: string): number {
    if (this.#indices.size === 1) return 0;
    throw new SignatureNotFoundError(
      `signature '${name}': not in ${this.#path}, which has [${[...this.#indices.keys()]}]`,
    );
  }

  async #call(index: number, buffers: TensorBuffer[], signature: string): Promise<TensorBuffer[]> {
    try {
      return await this.#compiled.run(index, buffers);
    } catch (error) {
      throw new RunFailedError(`signature '${signature}': ${textOf(error)}`);
    }
  }

  #bufferOf(input: Tensor, signature: number, position: number, name: string): TensorBuffer {
    const { LiteRtTensorBuffer, LiteRtTensorBufferLockMode, LiteRtTensorBufferType } = this.#wasm;
    const type = this.#model.getInputTensorType(signature, position);
    checkInput(input, type, name);
    const raw = rawOfTensor(input);
    const buffer = using(this.#typeOf(type, input.shape), (exact) =>
      LiteRtTensorBuffer.createManaged(
        getDefaultEnvironment().liteRtEnvironment,
        LiteRtTensorBufferType.HOST_MEMORY,
        exact,
        raw.byteLength,
      ),
    );
    type.delete();
    this.#wasm.HEAPU8.set(raw, buffer.lock(LiteRtTensorBufferLockMode.WRITE));
    buffer.unlock();
    return buffer;
  }

  #typeOf(type: TensorType, shape: readonly number[]): TensorType {
    const { LiteRtLayout, LiteRtRankedTensorType, VectorInt32 } = this.#wasm;
    return using(new VectorInt32(), (dimensions) => {
      for (const dimension of shape) dimensions.push_back(dimension);
      return using(LiteRtLayout.create(dimensions), (layout) =>
        LiteRtRankedTensorType.create(type.elementType(), layout),
      );
    });
  }

  #tensorOf(buffer: TensorBuffer, name: string): Tensor {
    const { dtype, shape } = using(buffer.tensorType(), (type) => ({
      dtype: dtypeOf(type, `output '${name}'`),
      shape: shapeOf(type),
    }));
    const address = buffer.lock(this.#wasm.LiteRtTensorBufferLockMode.READ);
    try {
      const size = sizeOf(shape) * arrayTypeOf(dtype).BYTES_PER_ELEMENT;
      const raw = this.#wasm.HEAPU8.slice(address, address + size);
      return tensorFromRaw(dtype, shape, raw, `output '${name}'`);
    } finally {
      buffer.unlock();
    }
  }
}

/**
 * LiteRT.js 2.5 makes room for its answers by the shapes that the file was written with, whatever
 * comes in: another batch gives zeros or what was in memory before. Dimensions known only at run
 * time are 1 in the files that TensorFlow's converter writes.
 */
function checkInput(input: Tensor, type: TensorType, name: string) {
  const dtype = dtypeOf(type, `input '${name}'`);
  const shape = shapeOf(type).map(Math.abs);
  const got = `input '${name}': got ${input.dtype} [${input.shape}]`;
  if (input.dtype !== dtype) {
    throw new UnsupportedError(`${got}, the LiteRT file wants ${dtype}`);
  }
  if (`${input.shape}` !== `${shape}`) {
    throw new UnsupportedError(`${got}, LiteRT.js runs the shape of the file only, [${shape}]`);
  }
}

function dtypeOf(type: TensorType, subject: string): NumericDtype {
  const { value } = type.elementType();
  const dtype = DTYPES.get(value);
  if (!dtype) {
    throw new UnsupportedError(
      `${subject}: element type ${value} of LiteRT is none of the protocol`,
    );
  }
  return dtype;
}

function shapeOf(type: TensorType): number[] {
  return using(type.layout(), (layout) => valuesOf(layout.dimensions()));
}

interface Deletable {
  delete(): void;
}

/** WebAssembly's objects are not collected: each is given back after its use. */
function using<Value extends Deletable, Result>(
  object: Value,
  body: (object: Value) => Result,
): Result {
  try {
    return body(object);
  } finally {
    object.delete();
  }
}

function valuesOf<Value>(
  vector: Deletable & { size(): number; get(index: number): Value },
): Value[] {
  return using(vector, () =>
    Array.from({ length: vector.size() }, (_, index) => vector.get(index)),
  );
}

/** Its errors come as trees of source lines with one word in common. */
function textOf(error: unknown): string {
  return `LiteRT.js cannot run it (${oneLine(error).replace(/^ERROR: /, "")})`;
}
