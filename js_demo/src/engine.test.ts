import { type Engine, LoadedArtifact } from "./engine.ts";
import { RunFailedError } from "./errors.ts";
import { type Tensors, tensor } from "./tensors.ts";
import { signatureOf } from "./testing/graphs.ts";
import { test } from "./testing/test.ts";

/** Answers its input, and traps for 13, or as the error says for 14. */
function engineNamed(runtime: string): Engine {
  return {
    runtime,
    version: async () => "1",
    load: async () => ({
      async run(_call, { x }: Tensors) {
        const cause = new WebAssembly.RuntimeError("divide by zero");
        if (x?.data[0] === 13) throw new RunFailedError("signature 's': divide by zero", { cause });
        if (x?.data[0] === 14) throw new RunFailedError("signature 's': index out of range");
        return [x as never];
      },
      close() {},
    }),
  };
}

function load(runtime: string) {
  const { artifact, signature } = signatureOf({ x: "uint8" }, { y: "uint8" });
  return LoadedArtifact.load(engineNamed(runtime), new Uint8Array(), artifact, [signature]);
}

function run(loaded: LoadedArtifact, value: number) {
  return loaded.run("serving_default", { x: tensor("uint8", [1], [value]) });
}

/** The message with which a run fails; empty: it does not. */
function failure(loaded: LoadedArtifact, value: number): Promise<string> {
  return run(loaded, value).then(
    () => "",
    (error: Error) => error.message,
  );
}

test("an engine that trapped answers no more, and others do", async (assert) => {
  const [first, second, other] = [await load("one"), await load("one"), await load("other")];
  assert.match(await failure(first, 14), /index out of range/);
  assert.equal(await failure(first, 1), "");
  assert.match(await failure(first, 13), /divide by zero/);
  for (const loaded of [first, second]) {
    assert.match(await failure(loaded, 1), /one: WebAssembly trapped before .*reload the page/);
  }
  await assert.rejects(load("one"), RunFailedError);
  assert.equal(await failure(other, 1), "");
  await (await load("other")).close();
  await first.close();
});
