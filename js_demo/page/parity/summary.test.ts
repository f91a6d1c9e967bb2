// What a run comes to.

import { test } from "../../src/testing/test.ts";
import { summaryText } from "./summary.ts";

test("a run is summed up by its verdicts", (assert) => {
  const results = (...verdicts: ("match" | "contract_mismatch")[]) =>
    verdicts.map((verdict) => ({ verdict }));
  assert.equal(summaryText([]), "");
  assert.equal(summaryText(results("match", "match")), "all 2 answers match");
  assert.equal(
    summaryText(results("match", "contract_mismatch", "match")),
    "3 answers: 2 match, 1 contract mismatch",
  );
});
