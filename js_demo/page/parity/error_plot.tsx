// The errors of one output as a picture, and in words.

import type { Tensor } from "../../src/browser.ts";
import type { OutputComparison } from "../../src/comparison.ts";
import { countText, errorText } from "../figures.ts";
import { numbersOf } from "../play/numbers.ts";
import { type Axis, plotOf } from "./plot.ts";

interface Props {
  readonly figures: OutputComparison;
  readonly expected: Tensor;
  readonly got: Tensor;
}

const SIZE = { width: 320, height: 180 };
const FRAME = { left: 40, right: 310, top: 10, bottom: 145 };

const across = (x: number) => FRAME.left + x * (FRAME.right - FRAME.left);
const up = (y: number) => FRAME.bottom - y * (FRAME.bottom - FRAME.top);

export function ErrorPlot({ figures, expected, got }: Props) {
  const plot = plotOf(numbersOf(expected), numbersOf(got), figures);
  const { points, allowed, exact } = plot;
  const beyond = points.filter(({ isWithin }) => !isWithin).length;
  if (points.length === 0) {
    return <p class="hint">Every number is exactly the one expected: there is no error to plot.</p>;
  }
  const summary =
    `${countText(expected.data.length, "element")}, ${exact} exact; ` +
    `the largest error is ${errorText(figures.maxAbs)}, ` +
    (beyond === 0 ? "and all are within the tolerance." : `${beyond} are beyond the tolerance.`);
  return (
    <figure class="error-plot">
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        role="img"
        aria-label={`Plot of errors: ${summary}`}
      >
        <path class="axes" d={`M${FRAME.left} ${FRAME.top}V${FRAME.bottom}H${FRAME.right}`} />
        {allowed.length > 0 && (
          <polyline
            class="allowed"
            points={allowed.map(({ x, y }) => `${across(x)},${up(y)}`).join(" ")}
          />
        )}
        {points.map(({ x, y, isWithin }, index) => (
          <circle
            key={index}
            class={isWithin ? "within" : "beyond"}
            cx={across(x)}
            cy={up(y)}
            r="2.5"
          />
        ))}
        {ticksOf(plot.y).map(({ power, at }) => (
          <text key={power} class="y" x={FRAME.left - 6} y={up(at) + 3}>
            1e{power}
          </text>
        ))}
        {ticksOf(plot.x).map(({ power, at }) => (
          <text key={power} class="x" x={across(at)} y={FRAME.bottom + 14}>
            1e{power}
          </text>
        ))}
        <text class="x" x={across(0.5)} y={SIZE.height - 4}>
          error (upwards) by magnitude of the expected value
        </text>
      </svg>
      <figcaption>
        {summary} {allowed.length > 0 && "The line is what the tolerance allows."}
      </figcaption>
    </figure>
  );
}

/** At most five powers of ten, evenly spaced. */
function ticksOf({ least, most }: Axis) {
  const step = Math.ceil((most - least) / 4);
  return Array.from({ length: Math.floor((most - least) / step) + 1 }, (_, index) => ({
    power: least + index * step,
    at: (index * step) / (most - least),
  }));
}
