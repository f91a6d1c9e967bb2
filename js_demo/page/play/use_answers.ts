// What the engines answered to the newest inputs.

import { useMemo, useState } from "preact/hooks";

import type { Tensors } from "../../src/browser.ts";
import { breath } from "../../src/breath.ts";
import { type Answer, type LiveEngine, reasonOf } from "../engines/live_engine.ts";
import { Newest } from "./newest.ts";

export type EngineAnswer =
  | (Answer & { readonly error?: undefined })
  | { readonly outputs?: undefined; readonly milliseconds?: undefined; readonly error: string };

interface Request {
  readonly engines: readonly LiveEngine[];
  readonly inputs: Tensors;
}

export function useAnswers(signature: string) {
  /** By runtime. */
  const [answers, setAnswers] = useState<Readonly<Record<string, EngineAnswer>>>({});
  const [isRunning, setIsRunning] = useState(false);
  const newest = useMemo(
    () =>
      new Newest<Request>(async ({ engines, inputs }) => {
        if (engines.length === 0) setAnswers({});
        setIsRunning(true);
        // One after the other, so that each has the machine for itself while it is timed.
        for (const engine of engines) {
          const answer = await answerOf(engine, signature, inputs);
          setAnswers((answers) => ({ ...answers, [engine.runtime]: answer }));
          await breath();
        }
        setIsRunning(false);
      }),
    [],
  );
  const run = (engines: readonly LiveEngine[], inputs: Tensors) =>
    newest.offer({ engines, inputs });
  /** Of inputs that nobody wants to know about. */
  const forget = () => newest.offer({ engines: [], inputs: {} });
  return { answers, isRunning, run, forget };
}

async function answerOf(
  engine: LiveEngine,
  signature: string,
  inputs: Tensors,
): Promise<EngineAnswer> {
  try {
    return await engine.run(signature, inputs);
  } catch (error) {
    return { error: reasonOf(error) };
  }
}
