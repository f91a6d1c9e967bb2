import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ArtifactTooLargeError } from "../errors.ts";
import { FolderSource } from "./folder.ts";
import { test } from "../testing/test.ts";

test("a folder gives its files, and undefined for what is none", async (assert) => {
  const folder = await mkdtemp(join(process.env.TEST_TMPDIR ?? tmpdir(), "bundle-"));
  try {
    await writeFile(join(folder, "small"), "text");
    const source = new FolderSource(folder);
    assert.deepEqual(new TextDecoder().decode(await source.read("small")), "text");
    for (const path of ["none", "small/none", "."]) {
      assert.equal(await source.read(path), undefined, path);
    }
    const large = await open(join(folder, "large"), "w");
    await large.truncate(2 ** 31 + 1);
    await large.close();
    await assert.rejects(source.read("large"), ArtifactTooLargeError);
  } finally {
    await rm(folder, { recursive: true });
  }
});
