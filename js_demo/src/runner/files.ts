// The files that a runner is asked to read and write, in Node.

import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { FileMissingError, ProtocolError } from "../errors.ts";
import { FolderSource } from "../sources/folder.ts";
import type { Machine } from "./runner.ts";

export const NODE_MACHINE: Machine = {
  readArtifact: (bundle, path) => new FolderSource(bundle).read(path),
  tensorFiles: (scratch) => ({
    async read(path, offset, size) {
      const file = await open(path).catch(() => undefined);
      if (!file) {
        throw new FileMissingError(
          `${path}: cannot be opened; the harness writes it before it asks`,
        );
      }
      try {
        const bytes = new Uint8Array(size);
        const { bytesRead } = await file.read(bytes, 0, size, offset);
        if (bytesRead !== size) {
          throw new ProtocolError(`${path}: has ${bytesRead} bytes at ${offset}, not ${size}`);
        }
        return bytes;
      } finally {
        await file.close();
      }
    },
    async write(bytes) {
      const path = join(scratch, `${crypto.randomUUID()}.bin`);
      await writeFile(path, bytes, { flag: "wx" });
      return path;
    },
  }),
};
