// Outputs of models that read images, as the probability of each of a few classes.

import type { Tensor } from "../../src/browser.ts";
import { numbersOf } from "./numbers.ts";

const MOST_CLASSES = 20;

/**
 * For one float row of a few numbers; undefined for other outputs. Scores that are no probabilities
 * yet are made ones (softmax).
 */
export function classShares(tensor: Tensor): number[] | undefined {
  const count = tensor.data.length;
  const isRow = tensor.shape.at(-1) === count;
  if (!isRow || !tensor.dtype.includes("float") || count < 2 || count > MOST_CLASSES) {
    return undefined;
  }
  const numbers = numbersOf(tensor);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  if (numbers.every((value) => value >= 0) && Math.abs(sum(numbers) - 1) < 0.01) return numbers;
  const most = Math.max(...numbers);
  const powers = numbers.map((value) => Math.exp(value - most));
  return powers.map((power) => power / sum(powers));
}

/** The position of the largest. */
export function bestOf(shares: readonly number[]): number {
  return shares.indexOf(Math.max(...shares));
}
