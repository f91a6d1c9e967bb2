// Where the points of an error plot lie: the magnitude of what was expected from left to right, the
// error upwards, both in powers of ten.

import type { Tolerance } from "../../src/browser.ts";

export interface Plot {
  /** Of points that are off, at most MOST_POINTS with the largest errors; from 0 to 1. */
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly isWithin: boolean;
  }[];
  /** What the tolerance allows, from left to right. */
  readonly allowed: readonly { readonly x: number; readonly y: number }[];
  readonly x: Axis;
  readonly y: Axis;
  /** How many elements are exactly as expected, and so are not in the plot. */
  readonly exact: number;
}

/** Powers of ten. */
export interface Axis {
  readonly least: number;
  readonly most: number;
}

const MOST_POINTS = 2000;
const ALLOWED_POINTS = 40;

export function plotOf(
  expected: readonly number[],
  got: readonly number[],
  { atol, rtol }: Tolerance,
): Plot {
  const off = expected
    .map((value, index) => ({
      magnitude: Math.abs(value),
      error: Math.abs((got[index] ?? NaN) - value),
    }))
    .filter(({ magnitude, error }) => error > 0 && error < Infinity && magnitude < Infinity)
    .sort((a, b) => b.error - a.error);
  const allow = (magnitude: number) => atol + rtol * magnitude;
  // Zero has no logarithm: it lies where the smallest magnitude does.
  const magnitudes = off.map(({ magnitude }) => magnitude).filter((magnitude) => magnitude > 0);
  const x = axisOf(magnitudes);
  const y = axisOf([
    ...off.map(({ error }) => error),
    ...[10 ** x.least, 10 ** x.most].map(allow).filter((error) => error > 0),
  ]);
  const place = ({ magnitude, error }: { magnitude: number; error: number }) => ({
    x: share(x, magnitude),
    y: share(y, error),
  });
  const steps = Array.from({ length: ALLOWED_POINTS + 1 }, (_, index) => index / ALLOWED_POINTS);
  return {
    points: off.slice(0, MOST_POINTS).map((point) => ({
      ...place(point),
      isWithin: point.error <= allow(point.magnitude),
    })),
    allowed:
      allow(1) === 0
        ? []
        : steps.map((step) => {
            const magnitude = 10 ** (x.least + step * (x.most - x.least));
            return place({ magnitude, error: allow(magnitude) });
          }),
    x,
    y,
    exact: expected.filter((value, index) => Object.is(value, got[index]) || value === got[index])
      .length,
  };
}

function axisOf(values: readonly number[]): Axis {
  const logs = values.map(Math.log10);
  const least = Math.floor(logs.reduce((least, log) => Math.min(least, log), Infinity));
  const most = Math.ceil(logs.reduce((most, log) => Math.max(most, log), -Infinity));
  if (!Number.isFinite(least)) return { least: -1, most: 1 };
  return { least, most: Math.max(most, least + 1) };
}

function share({ least, most }: Axis, value: number): number {
  const place = (Math.log10(value) - least) / (most - least);
  return Math.min(1, Math.max(0, place));
}
