// Bundles in memory.

import { createHash } from "node:crypto";

import type { BundleSource } from "../bundle.ts";
import { Case, type Manifest } from "../contract/generated.ts";
import { type Draft, encode } from "../contract/messages.ts";

export class MemorySource implements BundleSource {
  readonly name = "test.bundle";
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;

  constructor(files: Iterable<readonly [string, Uint8Array]>) {
    this.files = new Map([...files].map(([path, bytes]) => [path, new Uint8Array(bytes)]));
  }

  async read(path: string) {
    // A copy, since the reader may change it.
    const bytes = this.files.get(path);
    return bytes && new Uint8Array(bytes);
  }
}

/** y = x / 2 + 2 over float32 [?], with one golden case and no artifact that can be run. */
export const HALF_PLUS_TWO = {
  format_version: 1,
  name: "half_plus_two",
  signatures: [
    {
      name: "serving_default",
      inputs: [{ name: "x", dtype: "float32", shape: ["-1"] }],
      outputs: [{ name: "y", dtype: "float32", shape: ["-1"] }],
    },
  ],
  artifacts: [
    {
      format: "frozen_graph",
      path: "frozen_graph/serving_default.pb",
      bindings: [
        {
          signature: "serving_default",
          inputs: [{ name: "x", tensor: "x:0" }],
          outputs: [{ name: "y", tensor: "y:0" }],
        },
      ],
    },
  ],
  cases: [{ signature: "serving_default", name: "two", path: "cases/serving_default/two.pb" }],
};

export function caseBytes(golden: Draft<Case> = {}): Uint8Array {
  const raw = (values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  return encode(Case, {
    signature: "serving_default",
    name: "two",
    request: {
      inputs: [{ name: "x", datatype: "FP32", shape: [2n] }],
      rawInputContents: [raw([1, -4])],
    },
    expected: {
      outputs: [{ name: "y", datatype: "FP32", shape: [2n] }],
      rawOutputContents: [raw([2.5, 0])],
    },
    ...golden,
  });
}

/**
 * A whole bundle: `changes` replace members of the manifest, `files` are listed in it with their
 * checksums.
 */
export function bundleOf(
  files: Readonly<Record<string, Uint8Array>>,
  changes: Partial<Record<keyof Manifest | "format_version", unknown>> = {},
): MemorySource {
  const listed = Object.entries(files).map(([path, bytes]) => ({
    path,
    size: bytes.byteLength,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
  const manifest = JSON.stringify({ ...HALF_PLUS_TWO, files: listed, ...changes });
  return new MemorySource([
    ["manifest.json", new TextEncoder().encode(manifest)],
    ...Object.entries(files),
  ]);
}
