// A runner on stdin and stdout.

import fs from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { decode, encode } from "../contract/messages.ts";
import type { Engine } from "../engine.ts";
import { FileMissingError, ModelParityError, oneLine, ProtocolError } from "../errors.ts";
import { FolderSource } from "../node_files.ts";
import { frameHeader, readFrames } from "./frames.ts";
import { type Machine, Runner } from "./runner.ts";

/** Answers frames until stdin ends. */
export async function serve(engine: Engine) {
  const writeFrame = takeStdout();
  const runner = new Runner(engine, NODE_MACHINE);
  try {
    for await (const frame of readFrames(process.stdin, "the harness")) {
      await writeFrame(
        encode("modelparity.v1.RunnerResponse", await runner.handle(requestOf(frame))),
      );
    }
  } catch (error) {
    if (!(error instanceof ModelParityError)) throw error;
    // Whose frame it was cannot be known.
    await writeFrame(
      encode("modelparity.v1.RunnerResponse", {
        id: 0n,
        error: { kind: error.kind, message: error.message },
      }),
    );
    process.exitCode = 1;
  }
}

function requestOf(frame: Uint8Array) {
  try {
    return decode("modelparity.v1.RunnerRequest", frame);
  } catch (error) {
    throw new ProtocolError(`the harness: sent a frame that is no request (${oneLine(error)})`);
  }
}

/**
 * Keeps stdout for frames; whatever else this process prints goes to stderr, Emscripten's writeSync
 * included.
 */
function takeStdout(): (body: Uint8Array) => Promise<void> {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout) as (bytes: Uint8Array, done: () => void) => void;
  stdout.write = stderr.write.bind(stderr);
  const writeSync = fs.writeSync.bind(fs) as (file: number, ...rest: unknown[]) => number;
  fs.writeSync = (file: number, ...rest: unknown[]) =>
    writeSync(file === stdout.fd ? stderr.fd : file, ...rest);
  return async (body) => {
    for (const bytes of [frameHeader(body), body]) {
      await new Promise<void>((resolve) => write(bytes, resolve));
    }
  };
}

const NODE_MACHINE: Machine = {
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
