import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder, which is gone afterwards. */
export async function withFolder<Value>(body: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = await mkdtemp(join(process.env.TEST_TMPDIR ?? tmpdir(), "test-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
