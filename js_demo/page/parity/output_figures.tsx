// The figures of one output's comparison.

import type { OutputComparison } from "../../src/comparison.ts";
import { errorText, valueText } from "../figures.ts";

export function OutputFigures({ figures }: { readonly figures: OutputComparison }) {
  const { name, dtype, shape, atol, rtol, worstIndex } = figures;
  const rows: readonly (readonly [string, string])[] = [
    ["tolerance", atol === 0 && rtol === 0 ? "exact" : `${atol} + ${rtol} · |expected|`],
    ["largest error", errorText(figures.maxAbs)],
    ["largest relative error", errorText(figures.maxRel)],
    ["largest error in units of the last place", `${figures.maxUlp ?? "–"}`],
    ["mean error", errorText(figures.meanAbs)],
    ["99 % of the errors are within", errorText(figures.p99Abs)],
    ["worst element", `[${worstIndex}]`],
    ["expected there", valueText(figures.referenceValue)],
    ["got there", valueText(figures.candidateValue)],
  ];
  return (
    <>
      <h5>
        {name} <span class="type">{`${dtype} [${shape}]`}</span>
      </h5>
      <dl class="figures">
        {rows.map(([what, figure]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
