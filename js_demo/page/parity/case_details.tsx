// One golden case in one engine: every figure of the comparison, and a plot of the errors.

import "./case_details.css";

import { useEffect, useRef, useState } from "preact/hooks";

import type { Bundle, GoldenCase, Tensors } from "../../src/browser.ts";
import type { CaseResult } from "../../src/self_test.ts";
import { type LiveEngine, reasonOf } from "../engines/live_engine.ts";
import { ErrorPlot } from "./error_plot.tsx";
import { OutputFigures } from "./output_figures.tsx";
import { verdictText } from "./summary.ts";

interface Props {
  readonly bundle: Bundle;
  readonly engine: LiveEngine;
  readonly result: CaseResult;
  readonly onClose: () => void;
}

/** A case that was run once more, for its values. */
interface Rerun {
  readonly golden: GoldenCase;
  readonly outputs: Tensors;
}

export function CaseDetails({ bundle, engine, result, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [rerun, setRerun] = useState<Rerun>();
  const [error, setError] = useState("");
  useEffect(() => {
    dialog.current?.showModal();
    // Without an answer there is nothing to plot.
    if (result.outputs.length === 0) return;
    runAgain(bundle, engine, result).then(setRerun, (error) => setError(reasonOf(error)));
  }, []);
  return (
    <dialog ref={dialog} class="case-details" aria-labelledby="case-title" onClose={onClose}>
      <form method="dialog">
        <h4 id="case-title">
          {result.name} <span class="type">in {engine.runtime}</span>
        </h4>
        <button type="submit" aria-label="Close">
          ×
        </button>
      </form>
      <p>
        <span class={`verdict ${result.verdict}`}>{verdictText(result.verdict)}</span>{" "}
        {result.message}
      </p>
      {result.outputs.map((figures) => {
        const expected = rerun?.golden.expected?.[figures.name];
        const got = rerun?.outputs[figures.name];
        return (
          <section key={figures.name}>
            <OutputFigures figures={figures} />
            {figures.maxAbs !== undefined && (
              <div class="plot-frame">
                {expected && got && <ErrorPlot figures={figures} expected={expected} got={got} />}
              </div>
            )}
          </section>
        );
      })}
      <p class="error" role="alert">
        {error}
      </p>
    </dialog>
  );
}

async function runAgain(
  bundle: Bundle,
  engine: LiveEngine,
  { signature, name }: CaseResult,
): Promise<Rerun | undefined> {
  const file = bundle.manifest.cases.find(
    (each) => each.signature === signature && each.name === name,
  );
  if (!file) return undefined;
  const golden = await bundle.readCase(file);
  const { outputs } = await engine.run(signature, golden.inputs);
  return { golden, outputs };
}
