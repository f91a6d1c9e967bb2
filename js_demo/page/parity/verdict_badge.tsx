// A cell of the table: the verdict and the worst error, which open the details.

import type { CaseResult } from "../../src/self_test.ts";
import { errorText } from "../figures.ts";
import { verdictText } from "./summary.ts";

interface Props {
  readonly result: CaseResult;
  readonly onOpen: () => void;
}

export function VerdictBadge({ result: { verdict, outputs }, onOpen }: Props) {
  const errors = outputs.flatMap(({ maxAbs }) => maxAbs ?? []);
  return (
    <button type="button" class={`verdict ${verdict}`} onClick={onOpen}>
      {verdictText(verdict)}
      {errors.length > 0 && <span class="worst"> {errorText(Math.max(...errors))}</span>}
    </button>
  );
}
