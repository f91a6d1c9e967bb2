// Copies of a bundle: as it is, since Chromium looks at no links in a folder, or with something wrong
// in it.

import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { withFolder } from "../../src/testing/folder.ts";
import { bundleFolder } from "./visit.ts";

export function withCopy(model: string, body: (folder: string) => Promise<void>) {
  return withSpoilt(model, async () => {}, body);
}

/** `spoil` is given the folder of the copy. */
export function withSpoilt(
  model: string,
  spoil: (folder: string) => Promise<void>,
  body: (folder: string) => Promise<void>,
) {
  return withFolder(async (parent) => {
    const folder = join(parent, `${model}.bundle`);
    await cp(bundleFolder(model), folder, { recursive: true, dereference: true });
    await spoil(folder);
    await body(folder);
  });
}

export async function truncate(file: string) {
  const content = await readFile(file);
  await rm(file);
  await writeFile(file, content.subarray(0, content.length / 2));
}

/** Another content of the same size. */
export async function change(file: string) {
  const content = await readFile(file);
  content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
  await rm(file);
  await writeFile(file, content);
}
