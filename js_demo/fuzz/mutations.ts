// Mutations of a corpus: the same in every run.

/** Ends of the ranges of bytes, varints and lengths, and what JSON is made of. */
const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, ...new TextEncoder().encode('"[{-9')];
const LONGEST_PART = 32;

/** The mutation of that number: a seed with one to four changes. */
export function mutation(seeds: readonly Uint8Array[], number: number): Uint8Array<ArrayBuffer> {
  const below = randomBelow(number);
  const seed = () => seeds[below(seeds.length)] as Uint8Array;
  let bytes = [...seed()];
  for (let changes = 1 + below(4); changes > 0; changes--) bytes = changed(bytes, seed, below);
  return Uint8Array.from(bytes);
}

type Below = (limit: number) => number;

function changed(bytes: number[], seed: () => Uint8Array, below: Below): number[] {
  const [start, end] = partOf(bytes, below);
  const place = below(bytes.length);
  // Nothing can be set where nothing is.
  switch (bytes.length === 0 ? 5 : below(6)) {
    case 0:
      return bytes.with(place, BYTES[below(BYTES.length)] as number);
    case 1:
      return bytes.with(place, (bytes[place] as number) ^ (1 << below(8)));
    case 2:
      return bytes.toSpliced(start, end - start);
    case 3:
      return bytes.toSpliced(start, 0, ...bytes.slice(start, end));
    case 4:
      return bytes.slice(0, start);
    default: {
      const other = seed();
      return bytes.toSpliced(start, end - start, ...other.subarray(...partOf(other, below)));
    }
  }
}

function partOf({ length }: ArrayLike<unknown>, below: Below): [number, number] {
  const start = below(length + 1);
  return [start, Math.min(length, start + below(LONGEST_PART))];
}

/** Whole numbers from 0, and 0 below 0: Mulberry32, of a state that is well mixed from the first. */
function randomBelow(number: number): Below {
  let state = Math.imul(number + 1, 0x9e3779b1);
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(limit, 1);
  };
}
