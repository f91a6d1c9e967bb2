import { createHash } from "node:crypto";

import { sha256 } from "./sha256.ts";
import { test } from "./testing/test.ts";

test("the digest of a small file and of a large one are those of others", async (assert) => {
  for (const size of [0, 3, 2 ** 24, 2 ** 24 + 1, 2 ** 25 + 5]) {
    const bytes = new Uint8Array(size).map((_, index) => index);
    assert.equal(await sha256(bytes), createHash("sha256").update(bytes).digest("hex"), `${size}`);
  }
});
