import { mkdir, open, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ArtifactTooLargeError, BundleInvalidError } from "../errors.ts";
import { FolderSource } from "./folder.ts";
import { withFolder } from "../testing/folder.ts";
import { test } from "../testing/test.ts";

test("a folder gives its files, and undefined for what is none", (assert) =>
  withFolder(async (folder) => {
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
  }));

test("a folder does not follow links out of it", (assert) =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "secret"), "text");
    const bundle = join(folder, "bundle");
    await mkdir(bundle);
    await writeFile(join(bundle, "file"), "text");
    await symlink("file", join(bundle, "same"));
    await symlink("../secret", join(bundle, "out"));
    const source = new FolderSource(bundle);
    assert.deepEqual(new TextDecoder().decode(await source.read("same")), "text");
    await assert.rejects(source.read("out"), BundleInvalidError);
  }));
