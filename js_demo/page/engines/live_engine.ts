// One engine of this page with the bundle that is open, and what it is doing.

import { breath } from "../../src/breath.ts";
import {
  type Bundle,
  type EngineChoice,
  load,
  type Model,
  type Tensors,
} from "../../src/browser.ts";
import { type CaseResult, selfTest } from "../../src/self_test.ts";

export type Status =
  | { readonly kind: "idle" }
  | { readonly kind: "loading"; readonly bytes: number; readonly size: number }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly reason: string };

export interface Answer {
  readonly outputs: Tensors;
  readonly milliseconds: number;
}

export class LiveEngine {
  /** Such as "onnxruntime-web" and "wasm". */
  readonly library: string;
  readonly backend: string | undefined;
  readonly runtime: string;
  /** Why it can never run this bundle here; undefined: it may. */
  readonly obstacle: string | undefined;
  status: Status = { kind: "idle" };
  /** Told when the status is another one. */
  onChange: () => void = () => {};
  readonly #bundle: Bundle;
  readonly #choice: EngineChoice;
  #model: Promise<Model> | undefined;
  readonly #warm = new Set<string>();

  constructor(bundle: Bundle, choice: EngineChoice, obstacle: string | undefined) {
    this.runtime = choice.runtime.replace("-browser", "");
    const [library = "", backend] = this.runtime.split("/");
    this.library = library;
    this.backend = backend;
    this.obstacle = obstacle;
    this.#bundle = bundle;
    this.#choice = choice;
  }

  /** Its first call is not the one that is timed: it loads the model and compiles what it needs. */
  run(signature: string, inputs: Tensors): Promise<Answer> {
    return this.#watched(async (model) => {
      if (!this.#warm.has(signature)) {
        await model.run(signature, inputs);
        this.#warm.add(signature);
      }
      const start = performance.now();
      const outputs = await model.run(signature, inputs);
      return { outputs, milliseconds: performance.now() - start };
    });
  }

  /** Runs the bundle's golden cases, and tells of each. */
  selfTest(onCase: (result: CaseResult) => void): Promise<void> {
    return this.#watched(async (model) => {
      await selfTest(model, { onCase });
    });
  }

  async close() {
    await (await this.#model)?.close();
  }

  async #watched<Value>(body: (model: Model) => Promise<Value>): Promise<Value> {
    try {
      if (this.status.kind !== "ready") this.#become({ kind: "loading", bytes: 0, size: 0 });
      await breath();
      const value = await body(await this.#open());
      this.#become({ kind: "ready" });
      return value;
    } catch (error) {
      this.#become({ kind: "failed", reason: reasonOf(error) });
      throw error;
    }
  }

  #open(): Promise<Model> {
    this.#model ??= load(this.#bundle, {
      engines: [this.#choice],
      progress: (_path, bytes, size) => this.#become({ kind: "loading", bytes, size }),
    }).catch((error) => {
      // The next call may try again.
      this.#model = undefined;
      throw error;
    });
    return this.#model;
  }

  #become(status: Status) {
    this.status = status;
    this.onChange();
  }
}

/** What to tell a person. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
