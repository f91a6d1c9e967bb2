// Figures as people read them.

import { test } from "../src/testing/test.ts";
import {
  byteText,
  countText,
  errorText,
  millisecondText,
  percentText,
  valueText,
} from "./figures.ts";

test("figures are short", (assert) => {
  assert.deepEqual(
    [0, 1, 2].map((count) => countText(count, "case")),
    ["0 cases", "1 case", "2 cases"],
  );
  assert.deepEqual([0, 999, 1500, 539_000, 24e6, 3e9].map(byteText), [
    "0 B",
    "999 B",
    "1.5 kB",
    "539 kB",
    "24 MB",
    "3.0 GB",
  ]);
  assert.deepEqual([0.123, 4.56, 78.9, 1234].map(millisecondText), [
    "0.12 ms",
    "4.56 ms",
    "78.9 ms",
    "1234 ms",
  ]);
  assert.deepEqual([undefined, 0, 4.2e-7, 0.25, Infinity].map(errorText), [
    "–",
    "0",
    "4e-7",
    "0.25",
    "∞",
  ]);
  assert.deepEqual([0, 0.004, 0.5, 1].map(percentText), ["0 %", "0.4 %", "50 %", "100 %"]);
  assert.deepEqual([1 / 3, 5, "NaN", undefined].map(valueText), ["0.333333333", "5", "NaN", "–"]);
});
