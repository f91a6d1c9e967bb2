// The loader:
//
//   const model = await load(new FolderSource("digits.bundle"), { engines: [tensorflowJs] });
//   const { probabilities } = await model.run("serving_default", { image: tensor("float32", [1, 64], pixels) });

import { Bundle, type BundleSource } from "./bundle.ts";
import type { Signature } from "./contract/generated.ts";
import { type Engine, LoadedArtifact } from "./engine.ts";
import { SignatureNotFoundError, UnsupportedError } from "./errors.ts";
import type { Tensors } from "./tensors.ts";

/** An engine for a format, made when it is first needed. */
export interface EngineChoice {
  readonly format: string;
  make(): Promise<Engine>;
}

export interface LoadOptions {
  /** In order of preference: the first whose format the bundle has is taken. */
  readonly engines: readonly EngineChoice[];
}

export async function load(source: BundleSource, { engines }: LoadOptions): Promise<Model> {
  const bundle = await Bundle.open(source);
  const choice = engines.find(({ format }) => bundle.artifactsOf(format).length > 0);
  if (!choice) {
    const has = new Set(bundle.manifest.artifacts.map(({ format }) => format));
    throw new UnsupportedError(
      `${source.name}: has [${[...has]}], the engines read [${engines.map(({ format }) => format)}]; ` +
        "export the model in one of these formats",
    );
  }
  return new Model(bundle, choice.format, await choice.make());
}

/** A bundle in one engine. An artifact is loaded when one of its signatures is first run. */
export class Model {
  readonly bundle: Bundle;
  readonly format: string;
  readonly #engine: Engine;
  readonly #loaded = new Map<string, Promise<LoadedArtifact>>();

  constructor(bundle: Bundle, format: string, engine: Engine) {
    this.bundle = bundle;
    this.format = format;
    this.#engine = engine;
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
  async run(signature: string, inputs: Tensors): Promise<Tensors> {
    const artifact = await this.#artifactOf(signature);
    return (await artifact.run(signature, inputs)).outputs;
  }

  async close() {
    const loaded = await Promise.allSettled(this.#loaded.values());
    this.#loaded.clear();
    for (const result of loaded) {
      if (result.status === "fulfilled") result.value.close();
    }
  }

  #artifactOf(signature: string): Promise<LoadedArtifact> {
    const artifact = this.bundle
      .artifactsOf(this.format)
      .find(({ bindings }) => bindings.some((binding) => binding.signature === signature));
    if (!artifact) {
      const names = this.describe().map(({ name }) => name);
      throw new SignatureNotFoundError(
        `signature '${signature}': no ${this.format} for it; the bundle has [${names}]`,
      );
    }
    let loaded = this.#loaded.get(artifact.path);
    if (!loaded) {
      const bound = artifact.bindings.map((binding) => binding.signature);
      const signatures = this.describe().filter(({ name }) => bound.includes(name));
      loaded = this.bundle
        .read(artifact.path)
        .then((bytes) => LoadedArtifact.load(this.#engine, bytes, artifact, signatures));
      this.#loaded.set(artifact.path, loaded);
      // The next call may try again.
      loaded.catch(() => this.#loaded.delete(artifact.path));
    }
    return loaded;
  }
}
