// How a signature's tensors are written.

import type { TensorSpec } from "../../src/browser.ts";

/** Such as "image: float32 [?,8,8,1]". */
export function specText(spec: TensorSpec): string {
  return `${spec.name}: ${typeText(spec)}`;
}

export function typeText({ dtype, shape, unknownRank }: TensorSpec): string {
  if (unknownRank) return `${dtype} [...]`;
  return `${dtype} [${shape.map((size) => (size === -1n ? "?" : size)).join(",")}]`;
}
