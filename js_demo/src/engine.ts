// What every engine is: a pair of load and run behind one interface. `LoadedArtifact` checks the
// inputs first, so an engine may rely on names, dtypes and shapes.

import type { Artifact, Binding, Signature } from "./contract/generated.ts";
import { RunFailedError, SignatureNotFoundError } from "./errors.ts";
import { checkInputs } from "./signatures.ts";
import type { Tensor, Tensors } from "./tensors.ts";

export interface Engine {
  /** Such as "tfjs-node/cpu". */
  readonly runtime: string;
  /** What the library says of itself. */
  version(): Promise<string>;
  /** Reads an artifact; the engine may change and keep `bytes`. */
  load(
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    signatures: readonly Signature[],
  ): Promise<EngineModel>;
}

/** An engine that a program can use, made when it is first needed. */
export interface EngineChoice {
  /** As the engine that it makes. */
  readonly runtime: string;
  readonly format: string;
  make(): Promise<Engine>;
}

export interface EngineModel {
  /** What the artifact itself says of its signatures; undefined where the format does not say. */
  readonly signatures?: readonly Signature[];
  /** Outputs in the order of `signature.outputs`; `seconds` is the call alone. */
  run(
    binding: Binding,
    signature: Signature,
    inputs: Tensors,
  ): Promise<{ outputs: Tensor[]; seconds: number }>;
  close(): void;
}

export interface Result {
  readonly outputs: Tensors;
  readonly seconds: number;
}

/** What a run needs to know of a signature, looked up once. */
interface Call {
  readonly signature: Signature;
  readonly binding: Binding;
}

/** One artifact in one engine. */
export class LoadedArtifact {
  readonly #model: EngineModel;
  readonly #path: string;
  readonly #calls: ReadonlyMap<string, Call>;

  private constructor(model: EngineModel, artifact: Artifact, signatures: readonly Signature[]) {
    this.#model = model;
    this.#path = artifact.path;
    this.#calls = new Map(
      signatures.flatMap((signature) => {
        const binding = artifact.bindings.find((binding) => binding.signature === signature.name);
        return binding ? [[signature.name, { signature, binding }]] : [];
      }),
    );
  }

  static async load(
    engine: Engine,
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    signatures: readonly Signature[],
  ): Promise<LoadedArtifact> {
    const model = await inTurn(() => engine.load(bytes, artifact, signatures));
    return new LoadedArtifact(model, artifact, signatures);
  }

  describe(): readonly Signature[] {
    return this.#model.signatures ?? [...this.#calls.values()].map(({ signature }) => signature);
  }

  async run(name: string, inputs: Tensors): Promise<Result> {
    const call = this.#calls.get(name);
    if (!call) {
      throw new SignatureNotFoundError(
        `signature '${name}': not in ${this.#path}, which has [${[...this.#calls.keys()]}]`,
      );
    }
    const { signature, binding } = call;
    checkInputs(inputs, signature);
    const { outputs, seconds } = await inTurn(() => this.#model.run(binding, signature, inputs));
    if (outputs.length !== signature.outputs.length) {
      throw new RunFailedError(
        `signature '${name}': the engine gave ${outputs.length} outputs, wanted ${signature.outputs.length}`,
      );
    }
    const named = signature.outputs.map(
      (spec, index) => [spec.name, outputs[index] as Tensor] as const,
    );
    return { outputs: Object.fromEntries(named), seconds };
  }

  close() {
    this.#model.close();
  }
}

let isBusy = false;
const waiting: (() => void)[] = [];

/**
 * Engines share one thread and, those of one library, its global state. So they take turns: a run
 * begins when those before it have ended.
 */
async function inTurn<Value>(body: () => Promise<Value>): Promise<Value> {
  if (isBusy) await new Promise<void>((resolve) => waiting.push(resolve));
  isBusy = true;
  try {
    return await body();
  } finally {
    // Whoever waits longest is next, before anybody who comes now.
    const next = waiting.shift();
    if (next) next();
    else isBusy = false;
  }
}

/** The artifact's name for a key of the signature. */
export function tensorNameOf(bindings: Binding["inputs"], key: string): string {
  const binding = bindings.find(({ name }) => name === key);
  if (!binding) {
    throw new SignatureNotFoundError(
      `'${key}': the artifact does not bind it; export the model again`,
    );
  }
  return binding.tensor;
}
