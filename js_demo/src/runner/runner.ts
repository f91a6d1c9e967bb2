// A runner without its stdio: one request in, one response out.

import {
  type Load,
  type ModelInferRequest,
  RunnerRequest,
  RunnerResponse,
} from "../contract/generated.ts";
import { type Draft, decode, encode } from "../contract/messages.ts";
import { type Engine, LoadedArtifact } from "../engine.ts";
import {
  FileMissingError,
  ModelParityError,
  oneLine,
  ProtocolError,
  RunFailedError,
} from "../errors.ts";
import { responseOfTensors, type TensorFiles, tensorsOfRequest } from "../inference.ts";
import { EngineBrokenError, isTrap } from "../traps.ts";

/** What a runner needs of the machine. */
export interface Machine {
  /** The content of a file of a bundle; undefined when it is not there. */
  readArtifact(bundle: string, path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Tensor files, written under `scratch`. */
  tensorFiles(scratch: string): TensorFiles;
}

interface Loaded {
  readonly artifact: LoadedArtifact;
  readonly files: TensorFiles;
  readonly inlineLimit: bigint;
}

const DEFAULT_SIGNATURE = "serving_default";

export class Runner {
  readonly #engine: Engine;
  readonly #machine: Machine;
  #loaded: Loaded | undefined;

  constructor(engine: Engine, machine: Machine) {
    this.#engine = engine;
    this.#machine = machine;
  }

  /**
   * A request's bytes to its response's. Throws ProtocolError when they are no request, and as
   * `handle`.
   */
  async answer(frame: Uint8Array): Promise<Uint8Array> {
    return encode(RunnerResponse, await this.handle(requestOf(frame)));
  }

  /**
   * What fails becomes the response's error. Throws EngineBrokenError when nobody may ask this
   * engine again.
   */
  async handle(request: RunnerRequest): Promise<Draft<RunnerResponse>> {
    try {
      return { id: request.id, ...(await this.#dispatch(request)) };
    } catch (error) {
      if (isTrap(error)) throw new EngineBrokenError(oneLine(error), { cause: error });
      const known = error instanceof ModelParityError ? error : new RunFailedError(oneLine(error));
      return { id: request.id, error: { kind: known.kind, message: known.message } };
    }
  }

  async #dispatch({ load, describe, run, close }: RunnerRequest): Promise<Draft<RunnerResponse>> {
    if (load) return { loaded: { seconds: await this.#load(load) } };
    if (describe) return { description: await this.#describe() };
    if (run) return { runResult: await this.#run(run.request) };
    if (close) {
      await this.#close();
      return { closed: {} };
    }
    throw new ProtocolError(
      "request: has no verb that this runner knows; use the harness of the same version",
    );
  }

  async #load({ bundle, artifact, signatures, scratch, inlineLimit }: Load): Promise<number> {
    await this.#close();
    if (!artifact) throw new ProtocolError("load: has no artifact");
    const start = performance.now();
    const bytes = await this.#machine.readArtifact(bundle, artifact.path);
    if (!bytes) {
      throw new FileMissingError(`${artifact.path}: not in ${bundle}; export the model again`);
    }
    const loaded = await LoadedArtifact.load(this.#engine, bytes, artifact, signatures);
    this.#loaded = { artifact: loaded, files: this.#machine.tensorFiles(scratch), inlineLimit };
    return (performance.now() - start) / 1000;
  }

  async #describe() {
    const signatures = [...(this.#loaded?.artifact.describe() ?? [])];
    return {
      runtime: this.#engine.runtime,
      runtimeVersion: await this.#engine.version(),
      signatures,
    };
  }

  async #run(request: ModelInferRequest | null) {
    if (!request) throw new ProtocolError("run: has no request");
    if (!this.#loaded) throw new ProtocolError("run: no model is loaded; send load first");
    const { artifact, files, inlineLimit } = this.#loaded;
    const inputs = await tensorsOfRequest(request, files);
    const signature = request.parameters.signature?.stringParam ?? DEFAULT_SIGNATURE;
    const start = performance.now();
    const outputs = await artifact.run(signature, inputs);
    const seconds = (performance.now() - start) / 1000;
    return { response: await responseOfTensors(outputs, request, files, inlineLimit), seconds };
  }

  async #close() {
    await this.#loaded?.artifact.close();
    this.#loaded = undefined;
  }
}

function requestOf(frame: Uint8Array) {
  try {
    return decode(RunnerRequest, frame);
  } catch (error) {
    throw new ProtocolError(`the harness: sent a frame that is no request (${oneLine(error)})`);
  }
}
