// Where the points of a plot lie.

import { test } from "../../src/testing/test.ts";
import { plotOf } from "./plot.ts";

test("points lie by magnitude and error, within what is allowed or beyond", (assert) => {
  const { points, x, y, exact } = plotOf([1, 10, 100, 5], [1.1, 11, 101, 5], {
    atol: 0.2,
    rtol: 0.01,
  });
  assert.deepEqual([x, y, exact], [{ least: 0, most: 2 }, { least: -1, most: 1 }, 1]);
  const rounded = points.map((point) => [point.x.toFixed(2), point.y.toFixed(2), point.isWithin]);
  assert.deepEqual(rounded, [
    ["0.50", "0.50", false],
    ["1.00", "0.50", true],
    ["0.00", "0.00", true],
  ]);
});

test("the allowed error rises from left to right", (assert) => {
  const { allowed } = plotOf([1, 1000], [1.01, 1001], { atol: 1e-5, rtol: 1e-4 });
  const rises = allowed.every(({ y }, index) => y >= (allowed[index - 1]?.y ?? 0));
  assert.deepEqual([allowed.length, rises], [41, true]);
  assert.deepEqual(plotOf([1], [2], { atol: 0, rtol: 0 }).allowed, []);
});

test("what is exact, or no number, has no point", (assert) => {
  const { points, exact } = plotOf([1, NaN, Infinity, 2], [1, NaN, Infinity, NaN], {
    atol: 0,
    rtol: 0,
  });
  assert.deepEqual([points, exact], [[], 3]);
});

test("an error where zero was expected lies at the left", (assert) => {
  const { points } = plotOf([0, 1], [0.001, 1.001], { atol: 0.1, rtol: 0 });
  assert.deepEqual(points.map(({ x }) => x).sort(), [0, 0]);
});

test("of many points those with the largest errors are kept", (assert) => {
  const expected = Array.from({ length: 5000 }, () => 1);
  const got = expected.map((value, index) => value + (index + 1) / 1000);
  const { points } = plotOf(expected, got, { atol: 3.5, rtol: 0 });
  assert.deepEqual(
    [points.length, points.filter(({ isWithin }) => !isWithin).length],
    [2000, 1500],
  );
});
