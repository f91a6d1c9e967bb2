// Files of this machine, for Node.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { BundleSource } from "./bundle.ts";

/** A bundle in a folder. */
export class FolderSource implements BundleSource {
  readonly name: string;

  constructor(folder: string) {
    this.name = folder;
  }

  async read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return await readFile(join(this.name, path));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR";
}
