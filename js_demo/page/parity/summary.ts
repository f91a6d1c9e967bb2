// What a run of the golden cases comes to.

import type { CaseResult } from "../../src/self_test.ts";

/** Such as "54 answers: 50 match, 4 unsupported"; empty before there is one. */
export function summaryText(results: readonly Pick<CaseResult, "verdict">[]): string {
  if (results.length === 0) return "";
  const counts = new Map<string, number>();
  for (const { verdict } of results) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  if (counts.size === 1 && counts.has("match")) return `all ${results.length} answers match`;
  const byCount = [...counts].sort(([, a], [, b]) => b - a);
  const parts = byCount.map(([verdict, count]) => `${count} ${verdictText(verdict)}`);
  return `${results.length} answers: ${parts.join(", ")}`;
}

export function verdictText(verdict: string): string {
  return verdict.replaceAll("_", " ");
}
