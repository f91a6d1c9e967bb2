// SHA-256 of files in memory, without a second copy of a large one.

import { breath } from "./breath.ts";

/** Larger files are hashed piece by piece: the browser's own function copies what it is given. */
const COPIED_AT_MOST = 16 * 2 ** 20;
const PIECE = 2 ** 22;

/** In lower-case hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Absent in pages that came over plain HTTP.
  const { subtle } = globalThis.crypto;
  if (subtle && bytes.byteLength <= COPIED_AT_MOST) {
    return new Uint8Array(await subtle.digest("SHA-256", bytes)).reduce(
      (text, byte) => text + byte.toString(16).padStart(2, "0"),
      "",
    );
  }
  const { createSHA256 } = await import("hash-wasm");
  const hasher = await createSHA256();
  for (let start = 0; start < bytes.byteLength; start += PIECE) {
    hasher.update(bytes.subarray(start, start + PIECE));
    await breath();
  }
  return hasher.digest();
}
