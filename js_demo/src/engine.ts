// What every engine is: a pair of load and run behind one interface. `LoadedArtifact` checks the
// inputs first, so an engine may rely on names, dtypes and shapes.

import type { Artifact, Binding, Signature, TensorBinding } from "./contract/generated.ts";
import { oneLine, RunFailedError, SignatureNotFoundError } from "./errors.ts";
import { checkInputs } from "./signatures.ts";
import type { Tensor, Tensors } from "./tensors.ts";
import { isTrap } from "./traps.ts";

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
  /** Outputs in the order of `call.outputs`. */
  run(call: Call, inputs: Tensors): Promise<Tensor[]>;
  close(): void | Promise<void>;
}

/** A signature with the artifact's names for its tensors, in its order. */
export interface Call {
  readonly signature: Signature;
  readonly inputs: readonly TensorBinding[];
  readonly outputs: readonly TensorBinding[];
}

/** One artifact in one engine. */
export class LoadedArtifact {
  readonly #model: EngineModel;
  readonly #runtime: string;
  readonly #path: string;
  /** Looked up once: a run of a small model takes no longer than a few lookups. */
  readonly #calls: ReadonlyMap<string, Call>;
  #isClosed = false;

  private constructor(model: EngineModel, runtime: string, path: string, calls: readonly Call[]) {
    this.#model = model;
    this.#runtime = runtime;
    this.#path = path;
    this.#calls = new Map(calls.map((call) => [call.signature.name, call]));
  }

  static async load(
    engine: Engine,
    bytes: Uint8Array<ArrayBuffer>,
    artifact: Artifact,
    signatures: readonly Signature[],
  ): Promise<LoadedArtifact> {
    const calls = callsOf(artifact, signatures);
    const { runtime } = engine;
    const model = await inTurn(async () => {
      checkNotTrapped(runtime);
      return engine.load(bytes, artifact, signatures);
    });
    return new LoadedArtifact(model, runtime, artifact.path, calls);
  }

  describe(): readonly Signature[] {
    return this.#model.signatures ?? [...this.#calls.values()].map(({ signature }) => signature);
  }

  async run(name: string, inputs: Tensors): Promise<Tensors> {
    const call = this.#calls.get(name);
    if (!call) {
      throw new SignatureNotFoundError(
        `signature '${name}': not in ${this.#path}, which has [${[...this.#calls.keys()]}]`,
      );
    }
    checkInputs(inputs, call.signature);
    // As inTurn, without it: a small model feels each promise more.
    if (isBusy) await turn();
    isBusy = true;
    let outputs: Tensor[];
    try {
      if (this.#isClosed) throw new RunFailedError(`signature '${name}': the model is closed`);
      checkNotTrapped(this.#runtime);
      outputs = await this.#model.run(call, inputs);
    } catch (error) {
      if (isTrap(error)) traps.set(this.#runtime, oneLine(error));
      throw error;
    } finally {
      passTurn();
    }
    if (outputs.length !== call.outputs.length) {
      throw new RunFailedError(
        `signature '${name}': the engine gave ${outputs.length} outputs, wanted ${call.outputs.length}`,
      );
    }
    return Object.fromEntries(
      call.outputs.map(({ name }, index) => [name, outputs[index] as Tensor] as const),
    );
  }

  /** Waits for the runs under way; later ones fail. */
  close(): Promise<void> {
    return inTurn(async () => {
      this.#isClosed = true;
      await this.#model.close();
    });
  }
}

/** The first trap of each runtime that had one. Engines of one runtime share a module. */
const traps = new Map<string, string>();

function checkNotTrapped(runtime: string) {
  const trap = traps.get(runtime);
  if (trap === undefined) return;
  throw new RunFailedError(
    `${runtime}: WebAssembly trapped before (${trap}), and may answer wrongly since; reload the page`,
  );
}

function callsOf({ bindings }: Artifact, signatures: readonly Signature[]): Call[] {
  const bound = (names: Binding["inputs"], specs: Signature["inputs"]) =>
    specs.map(({ name }) => ({ name, tensor: tensorNameOf(names, name) }));
  return signatures.flatMap((signature) => {
    const binding = bindings.find((binding) => binding.signature === signature.name);
    if (!binding) return [];
    const inputs = bound(binding.inputs, signature.inputs);
    return { signature, inputs, outputs: bound(binding.outputs, signature.outputs) };
  });
}

/**
 * Engines share one thread and, those of one library, its global state. So they take turns: a run
 * begins when those before it have ended.
 */
let isBusy = false;
const waiting: (() => void)[] = [];

function turn(): Promise<void> {
  return new Promise((resolve) => waiting.push(resolve));
}

async function inTurn<Value>(body: () => Promise<Value>): Promise<Value> {
  if (isBusy) await turn();
  isBusy = true;
  try {
    return await body();
  } finally {
    passTurn();
  }
}

/** Whoever waits longest is next, before anybody who comes now. */
function passTurn() {
  const next = waiting.shift();
  if (next) next();
  else isBusy = false;
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
