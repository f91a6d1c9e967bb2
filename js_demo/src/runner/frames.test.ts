import { ProtocolError } from "../errors.ts";
import { test } from "../testing/test.ts";
import { frameHeader, readFrames } from "./frames.ts";

async function* chunks(...parts: Uint8Array[]) {
  yield* parts;
}

async function framesOf(stream: AsyncIterable<Uint8Array>, maxBytes?: number) {
  const frames: number[][] = [];
  for await (const frame of readFrames(stream, "the peer", maxBytes)) frames.push([...frame]);
  return frames;
}

const STREAM = Uint8Array.of(2, 0, 0, 0, 7, 8, 0, 0, 0, 0, 1, 0, 0, 0, 9);

test("frames are found however the stream is cut", async (assert) => {
  const wanted = [[7, 8], [], [9]];
  assert.deepEqual(await framesOf(chunks(STREAM)), wanted);
  for (let cut = 1; cut < STREAM.length; cut++) {
    assert.deepEqual(
      await framesOf(chunks(STREAM.subarray(0, cut), STREAM.subarray(cut))),
      wanted,
      `cut at ${cut}`,
    );
  }
  assert.deepEqual(
    await framesOf(chunks(...Array.from(STREAM, (byte) => Uint8Array.of(byte)))),
    wanted,
  );
});

test("an empty stream has no frame", async (assert) =>
  assert.deepEqual(await framesOf(chunks()), []));

test("a stream that ends within a frame is refused", async (assert) => {
  for (const size of [2, 5]) {
    await assert.rejects(framesOf(chunks(STREAM.subarray(0, size))), ProtocolError);
  }
});

test("a frame that is too long is refused before it is read", async (assert) => {
  const header = Uint8Array.of(255, 255, 255, 255);
  await assert.rejects(framesOf(chunks(header)), ProtocolError);
  await assert.rejects(framesOf(chunks(STREAM), 1), ProtocolError);
});

test("a header is the length, little-endian", (assert) =>
  assert.deepEqual([...frameHeader(new Uint8Array(258))], [2, 1, 0, 0]));
