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

const CHUNK_BYTES = 2 ** 20;

/**
 * A chunk counts until the next one. Where the stream can, all come in the same memory: chunks with
 * memory of their own pile up until they are collected, to half of a large file's size in Chromium.
 */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { read, cancel } = readerOf(stream);
  try {
    for (let { done, value } = await read(); !done; { done, value } = await read()) {
      if (value) yield value;
    }
  } finally {
    await cancel();
  }
}

type Read = () => Promise<{ done: boolean; value?: Uint8Array | undefined }>;

function readerOf(stream: ReadableStream<Uint8Array>): { read: Read; cancel(): Promise<void> } {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    const plain = stream.getReader();
    return { read: () => plain.read(), cancel: () => plain.cancel() };
  }
  let memory = new ArrayBuffer(CHUNK_BYTES);
  const read = async () => {
    const result = await reader.read(new Uint8Array(memory));
    if (result.value) memory = result.value.buffer;
    return result;
  };
  return { read, cancel: () => reader.cancel() };
}

function grown(bytes: Uint8Array, length: number, wanted: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(wanted, 2 * bytes.byteLength));
  larger.set(bytes.subarray(0, length));
  return larger;
}
