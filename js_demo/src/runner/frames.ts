// Frames: a uint32 little-endian length and that many bytes.

import { ProtocolError } from "../errors.ts";

export const MAX_FRAME_BYTES = 256 * 2 ** 20;

const HEADER_BYTES = 4;

/** The frames of a stream; `peer` names who writes it, for errors. */
export async function* readFrames(
  stream: AsyncIterable<Uint8Array>,
  peer: string,
  maxBytes = MAX_FRAME_BYTES,
): AsyncGenerator<Uint8Array> {
  const pending = new Pending();
  for await (const chunk of stream) {
    pending.push(chunk);
    for (
      let frame = takeFrame(pending, peer, maxBytes);
      frame;
      frame = takeFrame(pending, peer, maxBytes)
    )
      yield frame;
  }
  if (pending.size > 0) {
    throw new ProtocolError(`${peer}: ended within a frame, after ${pending.size} bytes of it`);
  }
}

function takeFrame(pending: Pending, peer: string, maxBytes: number): Uint8Array | undefined {
  if (pending.size < HEADER_BYTES) return undefined;
  const header = pending.peek(HEADER_BYTES);
  const length = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
  if (length > maxBytes) {
    throw new ProtocolError(
      `${peer}: sent a frame of ${length} bytes, at most ${maxBytes} are taken`,
    );
  }
  if (pending.size < HEADER_BYTES + length) return undefined;
  return pending.take(HEADER_BYTES + length).subarray(HEADER_BYTES);
}

/**
 * Chunks that are not read yet; joined only when somebody takes them, so a long frame is copied
 * once.
 */
class Pending {
  #chunks: Uint8Array[] = [];
  size = 0;

  push(chunk: Uint8Array) {
    this.#chunks.push(chunk);
    this.size += chunk.byteLength;
  }

  peek(length: number): Uint8Array {
    const first = this.#chunks[0];
    if (first && first.byteLength >= length) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  take(length: number): Uint8Array {
    const joined = this.peek(length);
    const rest = joined.subarray(length);
    if (rest.byteLength > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.size -= length;
    return joined.subarray(0, length);
  }
}

/** The header of a frame; its body follows. */
export function frameHeader(body: Uint8Array): Uint8Array {
  if (body.byteLength > MAX_FRAME_BYTES) {
    throw new ProtocolError(
      `this runner: wants to send ${body.byteLength} bytes, at most ${MAX_FRAME_BYTES} are allowed`,
    );
  }
  const header = new Uint8Array(HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, body.byteLength, true);
  return header;
}
