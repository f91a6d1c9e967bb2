// LiteRT models in LiteRT.js (WebAssembly, XNNPACK, one thread).

import { loadLiteRt } from "@litertjs/core";
import { version } from "@litertjs/core/package.json";

import type { Artifact, Signature } from "../../contract/generated.ts";
import type { Call, Engine, EngineModel } from "../../engine.ts";
import {
  ArtifactInvalidError,
  ModelParityError,
  oneLine,
  RunFailedError,
  SignatureNotFoundError,
  UnsupportedError,
} from "../../errors.ts";
import { sizeOf, type Tensor, type Tensors, tensorFromRaw } from "../../tensors.ts";
import { Compiled, type Wasm } from "./compiled.ts";
import { type FileSignature, type FileTensor, signaturesOfFile } from "./file.ts";
import { resized, shapeOf, type Shapes } from "./resize.ts";

/** The library can be loaded once in a page. */
let wasmOfPage: Promise<Wasm> | undefined;

function wasmFrom(folder: string): Promise<Wasm> {
  wasmOfPage ??= loadLiteRt(folder).then(({ liteRtWasm }) => liteRtWasm);
  // What could not be fetched may come another time.
  wasmOfPage.catch(() => {
    wasmOfPage = undefined;
  });
  return wasmOfPage;
}

export class LiteRtEngine implements Engine {
  readonly runtime: string;
  readonly #folder: string;

  /**
   * `runtime` is where it runs, such as "litertjs-chromium"; `folder` the URL of the package's
   * WebAssembly, with a final slash.
   */
  constructor(runtime: string, folder: string) {
    this.runtime = runtime;
    this.#folder = folder;
  }

  async version(): Promise<string> {
    return version;
  }

  async load(bytes: Uint8Array<ArrayBuffer>, { path }: Artifact): Promise<EngineModel> {
    const signatures = signaturesOfFile(bytes, path);
    const wasm = await wasmFrom(this.#folder);
    try {
      // What it lacks is said now, and not by the first run.
      (await Compiled.compile(wasm, bytes)).close();
    } catch (error) {
      const message = `${path}: ${oneLine(error)}`;
      throw /unsupported|unresolved|not supported/i.test(message)
        ? new UnsupportedError(message)
        : new ArtifactInvalidError(message);
    }
    return new LiteRtModel(wasm, bytes, signatures, path);
  }
}

/** By the names in the file, in its order. */
type Inputs = ReadonlyMap<string, Tensor>;
type RawOutputs = ReadonlyMap<string, Uint8Array>;

/** A signature compiled for the shapes of some inputs. */
interface Sized {
  readonly key: string;
  readonly compiled: Compiled;
  readonly outputs: Shapes;
}

class LiteRtModel implements EngineModel {
  readonly #wasm: Wasm;
  readonly #bytes: Uint8Array;
  readonly #file: readonly FileSignature[];
  readonly #path: string;
  /** Of each signature the last one, by name: each takes as much memory as the file. */
  readonly #sized = new Map<string, Sized>();

  constructor(wasm: Wasm, bytes: Uint8Array, file: readonly FileSignature[], path: string) {
    this.#wasm = wasm;
    this.#bytes = bytes;
    this.#file = file;
    this.#path = path;
  }

  get signatures(): readonly Signature[] {
    const specsOf = (tensors: readonly FileTensor[]) =>
      tensors.map(({ name, dtype, declared }) => ({
        name,
        dtype,
        shape: declared.map(BigInt),
        unknownRank: false,
      }));
    return this.#file.map(({ name, inputs, outputs }) => ({
      name,
      inputs: specsOf(inputs),
      outputs: specsOf(outputs),
    }));
  }

  async run({ signature, ...bound }: Call, inputs: Tensors) {
    const file = this.#file.find(({ name }) => name === signature.name);
    if (!file) {
      throw new SignatureNotFoundError(
        `signature '${signature.name}': not in ${this.#path}, which has [${this.#file.map(({ name }) => name)}]`,
      );
    }
    const keys = new Map(bound.inputs.map(({ name, tensor }) => [tensor, name]));
    const fed = new Map(
      file.inputs.map((wanted) => [wanted.name, inputOf(wanted, keys.get(wanted.name), inputs)]),
    );
    try {
      const outputs = await this.#compute(file, fed);
      return bound.outputs.map(({ name, tensor }) => {
        const output = outputs.get(tensor);
        if (!output) throw new RunFailedError(`output '${name}': not in ${this.#path}`);
        return output;
      });
    } catch (error) {
      if (error instanceof ModelParityError) throw error;
      throw new RunFailedError(`signature '${signature.name}': ${oneLine(error)}`, {
        cause: error,
      });
    }
  }

  close() {
    for (const { compiled } of this.#sized.values()) compiled.close();
    this.#sized.clear();
  }

  async #compute(file: FileSignature, fed: Inputs) {
    const { compiled, outputs } = this.#known(file, fed) ?? (await this.#size(file, fed));
    const result = await compiled.run(fed).catch(() => undefined);
    if (result && hadRoom(result, outputs)) return resultOf(file, result, outputs);
    // A shape may depend on the values, and these are others than last time.
    const again = await this.#size(file, fed);
    const second = await again.compiled.run(fed);
    if (hadRoom(second, again.outputs)) return resultOf(file, second, again.outputs);
    throw new Error("the shapes of its outputs change from run to run");
  }

  /** What is compiled for inputs of these shapes. */
  #known({ name }: FileSignature, fed: Inputs): Sized | undefined {
    const sized = this.#sized.get(name);
    return sized?.key === keyOf(fed) ? sized : undefined;
  }

  /** Compiles it for these inputs, in place of what is there for others. */
  async #size({ name, outputs: all }: FileSignature, fed: Inputs): Promise<Sized> {
    this.#sized.get(name)?.compiled.close();
    this.#sized.delete(name);
    const inputs: Shapes = new Map(Array.from(fed, ([input, { shape }]) => [input, shape]));
    const computed = all.filter(({ constant }) => constant === undefined);
    const names = computed.map((output) => output.name);
    const outputs = await this.#measure(name, inputs, names, fed);
    // LiteRT takes a shape without elements for another thing.
    const filled = new Map([...outputs].filter(([, shape]) => sizeOf(shape) > 0));
    const file = resized(this.#bytes, name, inputs, filled, names);
    const sized = { key: keyOf(fed), compiled: await Compiled.compile(this.#wasm, file), outputs };
    this.#sized.set(name, sized);
    return sized;
  }

  async #measure(
    name: string,
    inputs: Shapes,
    outputs: readonly string[],
    fed: Inputs,
  ): Promise<Shapes> {
    if (outputs.length === 0) return new Map();
    const probe = await Compiled.compile(
      this.#wasm,
      resized(this.#bytes, name, inputs, new Map(), outputs),
    );
    try {
      return shapesIn(await probe.run(fed), outputs);
    } finally {
      probe.close();
    }
  }
}

function keyOf(fed: Inputs): string {
  return Array.from(fed.values(), ({ shape }) => `[${shape}]`).join();
}

/** Whether the outputs have the shapes that there was room for. */
function hadRoom(raw: RawOutputs, room: Shapes): boolean {
  const measured = shapesIn(raw, room.keys());
  return [...room].every(([name, shape]) => `${measured.get(name)}` === `${shape}`);
}

function resultOf(file: FileSignature, raw: RawOutputs, shapes: Shapes): Map<string, Tensor> {
  const tensors = file.outputs.map(({ name, dtype, shape, constant }) => {
    const bytes = constant?.slice() ?? raw.get(name) ?? new Uint8Array();
    const exact = shapes.get(name) ?? shape;
    return [name, tensorFromRaw(dtype, exact, bytes, `output '${name}'`)] as const;
  });
  return new Map(tensors);
}

/** The shapes of the outputs called `names`, as resize.ts has them measured. */
function shapesIn(raw: RawOutputs, names: Iterable<string>): Shapes {
  return new Map(
    Array.from(names, (name) => {
      const doubled = raw.get(shapeOf(name)) ?? new Uint8Array();
      return [name, Array.from(new Int32Array(doubled.buffer), (size) => size / 2)];
    }),
  );
}

function inputOf(wanted: FileTensor, key: string | undefined, inputs: Tensors): Tensor {
  const input = key === undefined ? undefined : inputs[key];
  if (!input) {
    throw new SignatureNotFoundError(
      `'${wanted.name}': the LiteRT file wants it, the bundle does not bind it; export the model again`,
    );
  }
  if (input.dtype !== wanted.dtype) {
    throw new UnsupportedError(
      `input '${key}': got ${input.dtype}, the LiteRT file wants ${wanted.dtype}`,
    );
  }
  if (input.shape.length !== wanted.shape.length) {
    throw new UnsupportedError(
      `input '${key}': got ${input.dtype} [${input.shape}], the LiteRT file wants [${wanted.declared}]`,
    );
  }
  return input;
}
