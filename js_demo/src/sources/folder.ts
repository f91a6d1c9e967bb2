// A bundle in a folder of this machine, for Node.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { BundleSource, Expected } from "../bundle.ts";
import { ArtifactTooLargeError, oneLine } from "../errors.ts";

export class FolderSource implements BundleSource {
  readonly name: string;

  constructor(folder: string) {
    this.name = folder;
  }

  async read(path: string, expected?: Expected): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const bytes = await readFile(join(this.name, path));
      expected?.progress?.(bytes.byteLength);
      return bytes;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (MISSING.has(code)) return undefined;
      if (code === "ERR_FS_FILE_TOO_LARGE") {
        throw new ArtifactTooLargeError(`${path}: ${oneLine(error)}, more than Node reads`);
      }
      throw error;
    }
  }

  /** Five times as fast as what any JavaScript machine has. */
  async sha256(bytes: Uint8Array): Promise<string> {
    return createHash("sha256").update(bytes).digest("hex");
  }
}

const MISSING: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);
