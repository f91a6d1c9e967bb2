import { test } from "../testing/test.ts";
import { bytesOfStream } from "./streams.ts";

const CHUNKS = [1, 2, 3].map((value) => new Uint8Array(3_000_000).fill(value));
const SIZE = 9_000_000;

const CONTENT = new Blob(CHUNKS);

/** Blobs fill memory that the reader brings; what goes through a transform does not. */
const STREAMS = {
  "that fills the reader's memory": () => CONTENT.stream(),
  "of chunks": () => CONTENT.stream().pipeThrough(new TransformStream<Uint8Array, Uint8Array>()),
};

for (const [name, open] of Object.entries(STREAMS)) {
  test(`a stream ${name} is read whole, with progress`, async (assert) => {
    const told: number[] = [];
    const progress = (bytes: number) => told.push(bytes);
    const bytes = await bytesOfStream(open(), { size: SIZE, progress });
    assert.equal(bytes.byteLength, SIZE);
    assert.ok(CHUNKS.every((chunk, index) => bytes[index * 3_000_000] === chunk[0]));
    assert.ok(CHUNKS.every((chunk, index) => bytes[(index + 1) * 3_000_000 - 1] === chunk[0]));
    assert.equal(told.at(-1), SIZE);
    assert.ok(
      told.length >= CHUNKS.length && told.every((n, i) => i === 0 || n > (told[i - 1] ?? 0)),
    );
  });

  test(`a stream ${name} is not read far beyond what is expected`, async (assert) => {
    const bytes = await bytesOfStream(open(), { size: 10 });
    assert.ok(bytes.byteLength > 10 && bytes.byteLength <= 3_000_000, `${bytes.byteLength}`);
  });

  test(`a stream ${name} is read without knowing its size`, async (assert) => {
    assert.equal((await bytesOfStream(open(), undefined)).byteLength, SIZE);
  });
}
