// A runner on stdin and stdout.

import fs from "node:fs";

import { RunnerResponse } from "../contract/generated.ts";
import { encode } from "../contract/messages.ts";
import { ModelParityError } from "../errors.ts";
import { EngineBrokenError } from "../traps.ts";
import { frameHeader, readFrames } from "./frames.ts";

/**
 * Answers frames until stdin ends, and gives the exit status. `answer` turns a request into its
 * response, both encoded.
 */
export async function serve(answer: (request: Uint8Array) => Promise<Uint8Array>): Promise<number> {
  const writeFrame = takeStdout();
  try {
    for await (const frame of readFrames(process.stdin, "the harness")) {
      await writeFrame(await answer(frame));
    }
    return 0;
  } catch (error) {
    if (error instanceof EngineBrokenError) {
      console.error(`the engine is broken: ${error.message}`);
      return 1;
    }
    if (!(error instanceof ModelParityError)) throw error;
    // Whose frame it was cannot be known.
    await writeFrame(
      encode(RunnerResponse, {
        id: 0n,
        error: { kind: error.kind, message: error.message },
      }),
    );
    return 1;
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
