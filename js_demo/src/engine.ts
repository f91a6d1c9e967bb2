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

/** One artifact in one engine. */
export class LoadedArtifact {
  readonly #model: EngineModel;
  readonly #artifact: Artifact;
  readonly #signatures: ReadonlyMap<string, Signature>;

  private constructor(model: EngineModel, artifact: Artifact, signatures: readonly Signature[]) {
    this.#model = model;
    this.#artifact = artifact;
    this.#signatures = new Map(signatures.map((signature) => [signature.name, signature]));
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
    return this.#model.signatures ?? [...this.#signatures.values()];
  }

  async run(name: string, inputs: Tensors): Promise<Result> {
    const signature = this.#signatures.get(name);
    const binding = this.#artifact.bindings.find((binding) => binding.signature === name);
    if (!signature || !binding) {
      throw new SignatureNotFoundError(
        `signature '${name}': not in ${this.#artifact.path}, which has [${[...this.#signatures.keys()]}]`,
      );
    }
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

let lastTurn: Promise<unknown> = Promise.resolve();

/**
 * Engines share one thread and, those of one library, its global state. So they take turns: a run
 * begins when the one before it has ended.
 */
function inTurn<Value>(body: () => Promise<Value>): Promise<Value> {
  const turn = lastTurn.then(body, body);
  lastTurn = turn.catch(() => {});
  return turn;
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
