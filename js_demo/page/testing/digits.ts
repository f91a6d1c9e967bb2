// Digits as people draw them: lines through points of a unit square.

import type { Stroke } from "../play/drawing.ts";

/** Points of an ellipse, from one angle to another; in turns, clockwise from the right. */
function arc(x: number, y: number, width: number, height: number, from: number, to: number) {
  return Array.from({ length: 25 }, (_, index) => {
    const angle = 2 * Math.PI * (from + ((to - from) * index) / 24);
    return [x + (width / 2) * Math.cos(angle), y + (height / 2) * Math.sin(angle)] as const;
  });
}

export const DIGITS: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.42, 0.7, -0.25, 0.75)],
  [
    [
      [0.4, 0.3],
      [0.52, 0.15],
      [0.52, 0.85],
    ],
  ],
  [[...arc(0.5, 0.33, 0.4, 0.36, -0.5, 0.1), [0.3, 0.85], [0.72, 0.85]]],
  [[...arc(0.48, 0.32, 0.36, 0.34, -0.45, 0.25), ...arc(0.48, 0.67, 0.4, 0.36, -0.25, 0.45)]],
  [
    [
      [0.45, 0.15],
      [0.28, 0.58],
      [0.75, 0.58],
    ],
    [
      [0.62, 0.4],
      [0.6, 0.88],
    ],
  ],
  [[[0.7, 0.16], [0.36, 0.16], [0.34, 0.45], ...arc(0.48, 0.63, 0.42, 0.42, -0.3, 0.4)]],
  [[[0.6, 0.14], [0.42, 0.35], ...arc(0.5, 0.68, 0.36, 0.36, 0.5, 1.5)]],
  [
    [
      [0.28, 0.16],
      [0.72, 0.16],
      [0.45, 0.86],
    ],
  ],
  [[...arc(0.5, 0.32, 0.32, 0.32, 0.25, -0.75), ...arc(0.5, 0.67, 0.38, 0.38, -0.25, 0.75)]],
  [[...arc(0.48, 0.34, 0.36, 0.38, 0, 1), [0.64, 0.6], [0.56, 0.87]]],
];
