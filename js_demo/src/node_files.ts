// Files of this machine, for Node.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { BundleSource } from "./bundle.ts";
import { ArtifactTooLargeError, oneLine } from "./errors.ts";

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
      const { code } = error as NodeJS.ErrnoException;
      if (MISSING.has(code)) return undefined;
      if (code === "ERR_FS_FILE_TOO_LARGE") {
        throw new ArtifactTooLargeError(`${path}: ${oneLine(error)}, more than Node reads`);
      }
      throw error;
    }
  }
}

const MISSING: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);
