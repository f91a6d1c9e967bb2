// Reads a stream into memory as it comes, without holding it twice.

import type { Expected } from "../bundle.ts";

/**
 * All bytes of a stream. One that is longer than expected is not read to its end: what comes back
 * is then longer than expected, too.
 */
export async function bytesOfStream(
  stream: ReadableStream<Uint8Array>,
  expected: Expected | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  // The manifest alone has no size to expect.
  let bytes = new Uint8Array(expected?.size ?? 2 ** 16);
  let length = 0;
  for await (const chunk of chunksOf(stream)) {
    if (length + chunk.byteLength > bytes.byteLength) {
      bytes = grown(bytes, length, length + chunk.byteLength);
    }
    bytes.set(chunk, length);
    length += chunk.byteLength;
    expected?.progress?.(length);
    if (expected && length > expected.size) break;
  }
  return bytes.subarray(0, length);
}

/** Streams are not iterable in every browser yet. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (value) yield value;
    }
  } finally {
    await reader.cancel();
  }
}

function grown(bytes: Uint8Array, length: number, wanted: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(wanted, 2 * bytes.byteLength));
  larger.set(bytes.subarray(0, length));
  return larger;
}
