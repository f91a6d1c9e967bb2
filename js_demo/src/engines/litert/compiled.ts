// A LiteRT file in LiteRT.js.
//
// This drives the library's WebAssembly objects, which its own classes wrap: those know float32,
// int32 and uint8 only. Objects of WebAssembly are not collected: each is given back after its use.

import { getDefaultEnvironment, type LiteRt } from "@litertjs/core";

import { oneLine } from "../../errors.ts";
import { rawOfTensor, type Tensor } from "../../tensors.ts";

export type Wasm = LiteRt["liteRtWasm"];
/** The number of the only one. */
const SIGNATURE = 0;

type Model = ReturnType<Wasm["loadModel"]>;
type Program = Awaited<ReturnType<Wasm["compileModel"]>>;
type TensorBuffer = Awaited<ReturnType<Program["run"]>>[number];

/** A file with one signature. */
export class Compiled {
  readonly #wasm: Wasm;
  readonly #address: number;
  readonly #model: Model;
  readonly #program: Program;

  private constructor(wasm: Wasm, address: number, model: Model, program: Program) {
    this.#wasm = wasm;
    this.#address = address;
    this.#model = model;
    this.#program = program;
  }

  /** Throws Error when LiteRT cannot take the file. */
  static async compile(wasm: Wasm, file: Uint8Array): Promise<Compiled> {
    const address = wasm._malloc(file.byteLength);
    if (address === 0) throw new Error(`no memory for a file of ${file.byteLength} bytes`);
    let model: Model | undefined;
    try {
      wasm.HEAPU8.set(file, address);
      const environment = getDefaultEnvironment();
      const { liteRtEnvironment } = environment;
      model = wasm.loadModel(liteRtEnvironment, address, file.byteLength);
      const program = await wasm.compileModel(liteRtEnvironment, model, {
        accelerator: "wasm",
        cpuOptions: { numThreads: 1 },
        environment,
        gpuOptions: {},
        webNNOptions: {},
      } as Parameters<Wasm["compileModel"]>[2]);
      return new Compiled(wasm, address, model, program);
    } catch (error) {
      model?.delete();
      wasm._free(address);
      throw new Error(reasonOf(error));
    }
  }

  /**
   * The raw values of the outputs by their names in the file; the inputs likewise, of the shapes
   * that the file has. Throws Error when LiteRT fails.
   */
  async run(inputs: ReadonlyMap<string, Tensor>): Promise<Map<string, Uint8Array>> {
    // LiteRT numbers inputs and outputs as it likes, not as they stand in the file.
    const [inputNames, outputNames] = using(this.#model.getSignature(SIGNATURE), (names) => [
      valuesOf(names.inputNames()),
      valuesOf(names.outputNames()),
    ]) as [string[], string[]];
    const buffers: TensorBuffer[] = [];
    try {
      inputNames.forEach((name, position) =>
        buffers.push(this.#bufferOf(inputs.get(name) as Tensor, position)),
      );
      const results = await this.#program.run(SIGNATURE, buffers);
      buffers.push(...results);
      const raw = results.map((result) => this.#rawOf(result));
      return new Map(outputNames.map((name, position) => [name, raw[position] as Uint8Array]));
    } catch (error) {
      throw new Error(reasonOf(error));
    } finally {
      for (const buffer of buffers) buffer.delete();
    }
  }

  close() {
    this.#program.delete();
    this.#model.delete();
    this.#wasm._free(this.#address);
  }

  #bufferOf(input: Tensor, position: number): TensorBuffer {
    const wasm = this.#wasm;
    const raw = rawOfTensor(input);
    const buffer = using(this.#model.getInputTensorType(SIGNATURE, position), (type) =>
      wasm.LiteRtTensorBuffer.createManaged(
        getDefaultEnvironment().liteRtEnvironment,
        wasm.LiteRtTensorBufferType.HOST_MEMORY,
        type,
        raw.byteLength,
      ),
    );
    wasm.HEAPU8.set(raw, buffer.lock(wasm.LiteRtTensorBufferLockMode.WRITE));
    buffer.unlock();
    return buffer;
  }

  #rawOf(buffer: TensorBuffer): Uint8Array {
    const address = buffer.lock(this.#wasm.LiteRtTensorBufferLockMode.READ);
    try {
      return this.#wasm.HEAPU8.slice(address, address + buffer.packedSize());
    } finally {
      buffer.unlock();
    }
  }
}

interface Deletable {
  delete(): void;
}

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

function valuesOf(vector: Deletable & { size(): number; get(index: number): string }): string[] {
  return using(vector, () =>
    Array.from({ length: vector.size() }, (_, index) => vector.get(index)),
  );
}

function reasonOf(error: unknown): string {
  return `LiteRT.js: ${oneLine(error).replace(/^ERROR: /, "")}`;
}
