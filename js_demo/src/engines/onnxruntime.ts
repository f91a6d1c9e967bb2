// ONNX models in onnxruntime-web: WebAssembly, with one thread or several, and WebGPU.

import type * as ort from "onnxruntime-web/wasm";

import type { Artifact, Binding, Signature, TensorSpec } from "../contract/generated.ts";
import { dtypeNamed, type Dtype, type TensorData } from "../dtypes.ts";
import {
  type Call,
  type Engine,
  type EngineChoice,
  type EngineModel,
  tensorNameOf,
} from "../engine.ts";
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
type Library = typeof ort;

export interface Backend {
  readonly name: string;
  readonly provider: "wasm" | "webgpu";
  readonly threads: number;
  import(): Promise<Library>;
  /** Throws UnsupportedError where it cannot be had. */
  check(): Promise<void>;
  /** What it computes on, where that is not this program's own code. */
  device?(): Promise<string>;
}

export const WASM_BACKEND: Backend = {
  name: "wasm",
  provider: "wasm",
  threads: 1,
  // The package has a build of its own for Node, where workers and files are others.
  import: () => (import.meta.env.SSR ? import("onnxruntime-web") : import("onnxruntime-web/wasm")),
  async check() {},
};

export const THREADS_BACKEND: Backend = {
  ...WASM_BACKEND,
  name: "wasm-threads",
  threads: Math.max(2, globalThis.navigator?.hardwareConcurrency ?? 2),
  async check() {
    if (typeof SharedArrayBuffer === "undefined") {
      throw new UnsupportedError(
        "wasm-threads: this page has no shared memory; serve it with the headers " +
          "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
      );
    }
  },
};

export const WEBGPU_BACKEND: Backend = {
  name: "webgpu",
  provider: "webgpu",
  threads: 1,
  import: () => import("onnxruntime-web/webgpu"),
  async check() {
    if (!(await adapterInfo())) {
      throw new UnsupportedError(
        "webgpu: no adapter; it takes a browser with WebGPU, and a graphics card or a stand-in for one",
      );
    }
  },
  async device() {
    const info = await adapterInfo();
    return info
      ? [info.vendor, info.architecture, info.description].filter(Boolean).join(" ")
      : "no adapter";
  },
};

async function adapterInfo(): Promise<GPUAdapterInfo | undefined> {
  return (await globalThis.navigator?.gpu?.requestAdapter())?.info;
}

/** `place`, `folder` and `wasm` are those of OnnxRuntimeEngine. */
export function onnxRuntime(
  place: string,
  backend: Backend,
  folder: string,
  wasm?: () => Promise<ArrayBufferLike>,
): EngineChoice {
  return {
    runtime: `${place}/${backend.name}`,
    format: "onnx",
    make: async () => new OnnxRuntimeEngine(place, backend, folder, await wasm?.()),
  };
}

class OnnxRuntimeEngine implements Engine {
  readonly runtime: string;
  readonly #backend: Backend;
  readonly #folder: string;
  readonly #wasm: ArrayBufferLike | undefined;
  readonly #library: Promise<Library>;

  /**
   * `place` is where it runs, such as "onnxruntime-web-node"; `folder` the URL of the package's
   * WebAssembly, with a final slash; `wasm` its content, where it cannot be fetched.
   */
  constructor(place: string, backend: Backend, folder: string, wasm?: ArrayBufferLike) {
    this.runtime = `${place}/${backend.name}`;
    this.#backend = backend;
    this.#folder = folder;
    this.#wasm = wasm;
    // It comes while the artifact is read. What fails is told when the engine is used.
    this.#library = backend.import();
    this.#library.catch(() => {});
  }

  async version(): Promise<string> {
    const { env } = await this.#library;
    const version = env.versions.web ?? env.versions.common;
    const device = await this.#backend.device?.();
    return device === undefined ? version : `${version} on ${device}`;
  }

  async load(
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    signatures: readonly Signature[],
  ): Promise<EngineModel> {
    await this.#backend.check();
    const library = this.#setUp(await this.#library);
    try {
      const session = await library.InferenceSession.create(bytes, {
        executionProviders: [this.#backend.provider],
      });
      return new OnnxRuntimeModel(library, session, artifact, signatures);
    } catch (error) {
      if (error instanceof ModelParityError) throw error;
      const message = `${artifact.path}: ${oneLine(error)}`;
      // It does not try another time in this page.
      if (/no available backend|initializeWebAssembly/.test(message)) {
        throw new UnsupportedError(
          `${this.runtime}: does not start (${oneLine(error)}); check that its files are in ${this.#folder}, and reload`,
        );
      }
      throw isLacking(message) ? new UnsupportedError(message) : new ArtifactInvalidError(message);
    }
  }

  /** Its settings are the page's, and count until the first session only. */
  #setUp(library: Library): Library {
    const { wasm } = library.env;
    const { threads } = this.#backend;
    if (wasm.wasmPaths !== undefined && wasm.numThreads !== threads) {
      throw new UnsupportedError(
        `${this.runtime}: onnxruntime-web runs with ${wasm.numThreads} threads in this page already; ` +
          "use one of its WebAssembly backends in a page",
      );
    }
    wasm.numThreads = threads;
    wasm.wasmPaths = this.#folder;
    if (this.#wasm) wasm.wasmBinary = this.#wasm;
    library.env.logLevel = "error";
    return library;
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
  readonly #library: Library;
  readonly #session: ort.InferenceSession;
  readonly signatures: readonly Signature[];

  constructor(
    library: Library,
    session: ort.InferenceSession,
    artifact: Artifact,
    signatures: readonly Signature[],
  ) {
    this.#library = library;
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

  async run(call: Call, inputs: Tensors) {
    const feeds: Record<string, ort.Tensor> = {};
    for (const { name, tensor } of call.inputs) {
      feeds[tensor] = toOrt(this.#library, inputs[name] as Tensor, `input '${name}'`);
    }
    const names = call.outputs.map(({ tensor }) => tensor);
    let results: ort.InferenceSession.OnnxValueMapType;
    try {
      results = await this.#session.run(feeds, names);
    } catch (error) {
      const message = `signature '${call.signature.name}': ${oneLine(error)}`;
      throw isLacking(message)
        ? new UnsupportedError(message)
        : new RunFailedError(message, { cause: error });
    }
    return call.outputs.map(({ name, tensor }) =>
      fromOrt(results[tensor] as ort.Tensor, `output '${name}'`),
    );
  }

  close() {
    return this.#session.release();
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

function toOrt({ Tensor }: Library, { dtype, shape, data }: Tensor, subject: string): ort.Tensor {
  if (dtype === "bfloat16") {
    throw new UnsupportedError(`${subject}: bfloat16; onnxruntime-web has no tensors of it`);
  }
  if (dtype === "string") {
    return new Tensor(
      "string",
      (data as Uint8Array[]).map((bytes) => textOf(bytes, subject)),
      [...shape],
    );
  }
  return new Tensor(dtype as OrtDtype, ortData(dtype, data) as never, [...shape]);
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
