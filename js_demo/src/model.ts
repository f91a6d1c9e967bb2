// The loader, for sources and engines of any place; browser.ts and node.ts have those of theirs:
//
//   const model = await load(source, { engines });
//   const { probabilities } = await model.run("serving_default", { image: tensor("float32", [1, 64], pixels) });

import { Bundle, type BundleSource, type Progress } from "./bundle.ts";
import type { Signature } from "./contract/generated.ts";
import { type Engine, type EngineChoice, LoadedArtifact } from "./engine.ts";
import { SignatureNotFoundError, UnsupportedError } from "./errors.ts";
import type { Tensors } from "./tensors.ts";

export interface LoadOptions {
  /** In order of preference: the first whose format the bundle has is taken. */
  readonly engines: readonly EngineChoice[];
  /** Told while a model's weights are read. */
  readonly progress?: Progress;
}

/** Throws BundleInvalidError when there is no bundle, and UnsupportedError without an engine for it. */
export async function load(
  from: BundleSource | Bundle,
  { engines, progress }: LoadOptions,
): Promise<Model> {
  const bundle = from instanceof Bundle ? from : await Bundle.open(from);
  const choice = engines.find(({ format }) => bundle.artifactsOf(format).length > 0);
  if (!choice) {
    const has = new Set(bundle.manifest.artifacts.map(({ format }) => format));
    const read = new Set(engines.map(({ format }) => format));
    throw new UnsupportedError(
      `${bundle.name}: has [${[...has]}], the engines read [${[...read]}]; ` +
        "export the model in one of these formats",
    );
  }
  return new Model(bundle, choice.format, await choice.make(), progress);
}

/** A bundle in one engine. An artifact is loaded when one of its signatures is first run. */
export class Model {
  readonly bundle: Bundle;
  readonly format: string;
  readonly #engine: Engine;
  readonly #progress: Progress | undefined;
  /** Signatures of one artifact share it. */
  readonly #bySignature = new Map<string, LoadedArtifact | Promise<LoadedArtifact>>();

  constructor(bundle: Bundle, format: string, engine: Engine, progress?: Progress) {
    this.bundle = bundle;
    this.format = format;
    this.#engine = engine;
    this.#progress = progress;
  }

  get runtime(): string {
    return this.#engine.runtime;
  }

  /** The signatures of the bundle. */
  describe(): readonly Signature[] {
    return this.bundle.manifest.signatures;
  }

  /**
   * The outputs by name. Throws InputNameError, InputDtypeError or InputShapeError before the
   * engine is called.
   */
  run(signature: string, inputs: Tensors): Promise<Tensors> {
    const artifact = this.#bySignature.get(signature);
    return artifact instanceof LoadedArtifact
      ? artifact.run(signature, inputs)
      : this.#runFirst(signature, inputs);
  }

  async close() {
    const loaded = await Promise.allSettled(new Set(this.#bySignature.values()));
    this.#bySignature.clear();
    for (const result of loaded) {
      if (result.status === "fulfilled") await result.value.close();
    }
  }

  async #runFirst(signature: string, inputs: Tensors): Promise<Tensors> {
    return (await this.#artifactOf(signature)).run(signature, inputs);
  }

  #artifactOf(signature: string): LoadedArtifact | Promise<LoadedArtifact> {
    const known = this.#bySignature.get(signature);
    if (known) return known;
    const artifact = this.bundle
      .artifactsOf(this.format)
      .find(({ bindings }) => bindings.some((binding) => binding.signature === signature));
    if (!artifact) {
      const names = this.describe().map(({ name }) => name);
      throw new SignatureNotFoundError(
        `signature '${signature}': no ${this.format} for it; the bundle has [${names}]`,
      );
    }
    const bound = artifact.bindings.map((binding) => binding.signature);
    const signatures = this.describe().filter(({ name }) => bound.includes(name));
    const loaded = this.bundle
      .read(artifact.path, this.#progress)
      .then((bytes) => LoadedArtifact.load(this.#engine, bytes, artifact, signatures));
    const remember = (value: LoadedArtifact | Promise<LoadedArtifact>) => {
      for (const name of bound) this.#bySignature.set(name, value);
    };
    remember(loaded);
    // Where it failed, the next call may try again.
    loaded.then(remember, () => bound.forEach((name) => this.#bySignature.delete(name)));
    return loaded;
  }
}
