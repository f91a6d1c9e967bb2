// The golden cases of the bundle in every engine, run here and now: rows are cases, columns engines.

import "./parity_table.css";

import { useState } from "preact/hooks";

import type { Bundle } from "../../src/browser.ts";
import type { CaseResult } from "../../src/self_test.ts";
import { EngineName } from "../engines/engine_name.tsx";
import type { LiveEngine } from "../engines/live_engine.ts";
import { countText } from "../figures.ts";
import type { CaseDetails } from "./case_details.tsx";
import { summaryText } from "./summary.ts";
import { useParity } from "./use_parity.ts";
import { VerdictBadge } from "./verdict_badge.tsx";

interface Props {
  readonly bundle: Bundle;
  readonly engines: readonly LiveEngine[];
}

interface Detail {
  readonly engine: LiveEngine;
  readonly result: CaseResult;
}

export function ParityTable({ bundle, engines }: Props) {
  const { signatures } = bundle.manifest;
  // In the order in which they are run.
  const cases = signatures.flatMap(({ name }) =>
    bundle.manifest.cases.filter(({ signature }) => signature === name),
  );
  const unproved = signatures
    .map(({ name }) => name)
    .filter((name) => !cases.some(({ signature }) => signature === name));
  const { resultOf, results, failures, isRunning, run } = useParity();
  const [detail, setDetail] = useState<Detail>();
  // Few look at them, and all would wait for them: they come with the first run.
  const [Details, setDetails] = useState<typeof CaseDetails>();
  const start = () => {
    void run(engines);
    void import("./case_details.tsx").then((part) => setDetails(() => part.CaseDetails));
  };
  return (
    <section class="parity" aria-labelledby="parity">
      <h3 id="parity">Golden cases</h3>
      <p>
        Inputs with the answers that the author saw. Each engine answers again, here, and is held
        against them.
        {unproved.length > 0 && ` There is no case, and so no proof, of ${unproved.join(", ")}.`}
      </p>
      {cases.length > 0 && (
        <>
          <div class="parity-run">
            <button
              type="button"
              class="primary"
              disabled={isRunning || engines.length === 0}
              onClick={start}
            >
              Run {countText(cases.length, "case")} in {countText(engines.length, "engine")}
            </button>
            <p role="status">{isRunning ? "running" : summaryText(results)}</p>
            {isRunning && (
              <progress
                aria-label="Answers so far"
                value={results.length}
                max={cases.length * engines.length}
              />
            )}
          </div>
          {failures.map(({ engine, reason }) => (
            <p key={engine.runtime} class="error" role="alert">
              {engine.runtime}: {reason}
            </p>
          ))}
          <div class="table-frame" role="region" aria-label="Parity table" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Case</th>
                  {engines.map((engine) => (
                    <th key={engine.runtime} scope="col">
                      <EngineName engine={engine} />
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {cases.map((golden) => (
                  <tr key={golden.path}>
                    <th scope="row">
                      {signatures.length > 1 && <span class="type">{golden.signature}/</span>}
                      {golden.name}
                    </th>
                    {engines.map((engine) => {
                      const result = resultOf(engine, golden);
                      return (
                        <td key={engine.runtime}>
                          {result ? (
                            <VerdictBadge
                              result={result}
                              onOpen={() => setDetail({ engine, result })}
                            />
                          ) : (
                            <span class="pending">not run</span>
                          )}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {detail && Details && (
        <Details bundle={bundle} {...detail} onClose={() => setDetail(undefined)} />
      )}
    </section>
  );
}
