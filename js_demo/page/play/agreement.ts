// Whether the engines gave one answer. There is no reference for inputs that a person made up, so
// the first engine's answer stands for it.

import type { Tensors } from "../../src/browser.ts";
import { compareOutputs } from "../../src/comparison.ts";
import { countText, errorText } from "../figures.ts";

/** One line; empty where there is nothing to compare. */
export function agreementText(answers: readonly Tensors[]): string {
  const [reference, ...others] = answers;
  if (!reference) return "";
  const judgements = others.map((outputs) => compareOutputs(reference, outputs));
  const different = judgements.filter(({ verdict }) => verdict !== "match");
  const [first] = different;
  if (first) {
    const differ = different.length === 1 ? "differs" : "differ";
    return `${countText(different.length, "engine")} ${differ}: ${first.message}`;
  }
  const worst = Math.max(
    0,
    ...judgements.flatMap(({ outputs }) => outputs.map(({ maxAbs }) => maxAbs ?? 0)),
  );
  if (others.length === 0) return "answered by 1 engine";
  const engines = countText(answers.length, "engine");
  return worst === 0
    ? `${engines} give exactly the same`
    : `${engines} agree to ${errorText(worst)}`;
}
