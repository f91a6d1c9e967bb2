// The results of the golden cases, as they come.

import { useState } from "preact/hooks";

import type { CaseResult } from "../../src/self_test.ts";
import { type LiveEngine, reasonOf } from "../engines/live_engine.ts";

interface Failure {
  readonly engine: LiveEngine;
  readonly reason: string;
}

interface CaseName {
  readonly signature: string;
  readonly name: string;
}

export function useParity() {
  const [results, setResults] = useState<ReadonlyMap<string, CaseResult>>(new Map());
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const [isRunning, setIsRunning] = useState(false);

  const run = async (engines: readonly LiveEngine[]) => {
    setIsRunning(true);
    setResults(new Map());
    setFailures([]);
    for (const engine of engines) {
      try {
        await engine.selfTest((result) =>
          setResults((results) => new Map(results).set(keyOf(engine, result), result)),
        );
      } catch (error) {
        setFailures((failures) => [...failures, { engine, reason: reasonOf(error) }]);
      }
    }
    setIsRunning(false);
  };
  const resultOf = (engine: LiveEngine, name: CaseName) => results.get(keyOf(engine, name));
  return { resultOf, results: [...results.values()], failures, isRunning, run };
}

function keyOf({ runtime }: LiveEngine, { signature, name }: CaseName): string {
  return JSON.stringify([runtime, signature, name]);
}
