// ONNX models in onnxruntime-web (WebAssembly, one thread).

import * as ort from "onnxruntime-web/wasm";

import type { Artifact, Binding, Signature, TensorSpec } from "../contract/generated.ts";
import { dtypeNamed, type Dtype, type TensorData } from "../dtypes.ts";
import { type Engine, type EngineModel, tensorNameOf } from "../engine.ts";
import {
  ArtifactInvalidError,
  ModelParityError,
  oneLine,
  RunFailedError,
  UnsupportedError,
} from "../errors.ts";
import type { Tensor, Tensors } from "../tensors.ts";

/** ONNX Runtime writes most dtypes as we do. It has no word for bfloat16. */
type OrtDtype = ort.Tensor.Type;

export class OnnxRuntimeEngine implements Engine {
  readonly runtime: string;

  /**
   * `place` is where it runs, such as "onnxruntime-web-node"; `wasm` is
   * ort-wasm-simd-threaded.wasm, its content or where to fetch it.
   */
  constructor(place: string, wasm: ArrayBufferLike | string) {
    this.runtime = `${place}/wasm`;
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    if (typeof wasm === "string") ort.env.wasm.wasmPaths = { wasm };
    else ort.env.wasm.wasmBinary = wasm;
  }

  async version(): Promise<string> {
    return ort.env.versions.web ?? ort.env.versions.common;
  }

  async load(
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    signatures: readonly Signature[],
  ): Promise<EngineModel> {
    try {
      const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
      return new OnnxRuntimeModel(session, artifact, signatures);
    } catch (error) {
      if (error instanceof ModelParityError) throw error;
      const message = `${artifact.path}: ${oneLine(error)}`;
      throw isLacking(message) ? new UnsupportedError(message) : new ArtifactInvalidError(message);
    }
  }
}

/** What ONNX Runtime says when it has no kernel, operator or operator set for a valid model. */
const LACKING = [
  /not.implemented/i,
  /Could not find an implementation/,
  /is not a registered function\/op/,
  /No Op registered/,
  /opset \d+ is under development/,
  /unsupported/i,
];

function isLacking(message: string): boolean {
  return LACKING.some((pattern) => pattern.test(message));
}

class OnnxRuntimeModel implements EngineModel {
  readonly #session: ort.InferenceSession;
  readonly signatures: readonly Signature[];

  constructor(session: ort.InferenceSession, artifact: Artifact, signatures: readonly Signature[]) {
    this.#session = session;
    this.signatures = signatures.map((signature) => {
      const binding = artifact.bindings.find((binding) => binding.signature === signature.name);
      return {
        ...signature,
        inputs: describe(
          signature.inputs,
          binding?.inputs ?? [],
          session.inputMetadata,
          artifact.path,
        ),
        outputs: describe(
          signature.outputs,
          binding?.outputs ?? [],
          session.outputMetadata,
          artifact.path,
        ),
      };
    });
  }

  async run(binding: Binding, signature: Signature, inputs: Tensors) {
    const feeds = Object.fromEntries(
      signature.inputs.map(({ name }) => [
        tensorNameOf(binding.inputs, name),
        toOrt(inputs[name] as Tensor, `input '${name}'`),
      ]),
    );
    const names = signature.outputs.map(({ name }) => tensorNameOf(binding.outputs, name));
    const start = performance.now();
    const results = await this.#call(feeds, names, signature.name);
    const seconds = (performance.now() - start) / 1000;
    const outputs = names.map((name) => fromOrt(results[name] as ort.Tensor, `output '${name}'`));
    return { outputs, seconds };
  }

  async #call(feeds: Record<string, ort.Tensor>, names: string[], signature: string) {
    try {
      return await this.#session.run(feeds, names);
    } catch (error) {
      const message = `signature '${signature}': ${oneLine(error)}`;
      throw isLacking(message) ? new UnsupportedError(message) : new RunFailedError(message);
    }
  }

  close() {
    void this.#session.release();
  }
}

/**
 * The signature's tensors as the ONNX file declares them; onnxruntime-web gives an unknown
 * dimension as -1 unsigned.
 */
function describe(
  specs: readonly TensorSpec[],
  bindings: Binding["inputs"],
  metadata: readonly ort.InferenceSession.ValueMetadata[],
  path: string,
): TensorSpec[] {
  return specs.map((spec) => {
    const name = tensorNameOf(bindings, spec.name);
    const declared = metadata.find((value) => value.name === name);
    if (!declared) {
      throw new ArtifactInvalidError(`${path}: has no tensor '${name}'; export the model again`);
    }
    if (!declared.isTensor) throw new UnsupportedError(`${path}: '${name}' is no tensor`);
    const shape = declared.shape.map((dimension) =>
      typeof dimension === "number" ? BigInt.asIntN(32, BigInt(dimension)) : -1n,
    );
    return { name: spec.name, dtype: declared.type, shape, unknownRank: false };
  });
}

function toOrt({ dtype, shape, data }: Tensor, subject: string): ort.Tensor {
  if (dtype === "bfloat16") {
    throw new UnsupportedError(`${subject}: bfloat16; onnxruntime-web has no tensors of it`);
  }
  if (dtype === "string") {
    return new ort.Tensor(
      "string",
      (data as Uint8Array[]).map((bytes) => textOf(bytes, subject)),
      [...shape],
    );
  }
  return new ort.Tensor(dtype as OrtDtype, ortData(dtype, data) as never, [...shape]);
}

/** Newer engines have Float16Array, and ONNX Runtime then wants it in place of the bits. */
function ortData(dtype: Dtype, data: TensorData): unknown {
  if (dtype !== "float16" || typeof Float16Array === "undefined") return data;
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Float16Array(buffer, byteOffset, length);
}

/**
 * onnxruntime-web holds strings as text that ends at the first NUL: other bytes would come back
 * changed.
 */
function textOf(bytes: Uint8Array, subject: string): string {
  if (bytes.includes(0)) {
    throw new UnsupportedError(
      `${subject}: has a string with a NUL byte; onnxruntime-web would cut it there`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnsupportedError(
      `${subject}: has bytes that are no UTF-8; onnxruntime-web has text only`,
    );
  }
}

function fromOrt({ type, dims, data }: ort.Tensor, subject: string): Tensor {
  const dtype = dtypeNamed(type, subject);
  if (dtype === "string") {
    const encoder = new TextEncoder();
    return { dtype, shape: dims, data: (data as string[]).map((text) => encoder.encode(text)) };
  }
  if (dtype !== "float16") return { dtype, shape: dims, data: data as TensorData };
  const { buffer, byteOffset, length } = data as unknown as Uint16Array;
  return { dtype, shape: dims, data: new Uint16Array(buffer, byteOffset, length) };
}
