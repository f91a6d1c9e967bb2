// The beginning of an output as text.

import type { Tensor } from "../../src/browser.ts";
import { textOfBytes } from "../../src/text.ts";
import { elementText } from "./numbers.ts";

const MOST_VALUES = 60;

/** `left`: how many values are not in the text. */
export function outputText(tensor: Tensor): { text: string; left: number } {
  const { dtype, shape, data } = tensor;
  const count = Math.min(data.length, MOST_VALUES);
  const row = shape.at(-1) || 1;
  const values = Array.from({ length: count }, (_, index) =>
    dtype === "string"
      ? JSON.stringify(textOfBytes(data[index] as Uint8Array))
      : elementText(tensor, index),
  );
  const rows = Array.from({ length: Math.ceil(count / row) }, (_, index) =>
    values.slice(index * row, (index + 1) * row).join("  "),
  );
  return { text: rows.join("\n"), left: data.length - count };
}
