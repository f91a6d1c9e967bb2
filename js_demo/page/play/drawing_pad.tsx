// A place to draw on with mouse, touch, pen or keys.

import "./drawing_pad.css";

import { useRef, useState } from "preact/hooks";

import type { Point, Stroke } from "./drawing.ts";

interface Props {
  readonly strokes: readonly Stroke[];
  readonly onChange: (change: (strokes: readonly Stroke[]) => readonly Stroke[]) => void;
}

const STEP = 1 / 16;
const MOVES: Readonly<Record<string, Point>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

export function DrawingPad({ strokes, onChange }: Props) {
  const [pen, setPen] = useState<Point>([0.5, 0.25]);
  const [isDown, setIsDown] = useState(false);
  const pointer = useRef<number>(undefined);

  const begin = (point: Point) => onChange((strokes) => [...strokes, [point]]);
  const extend = (points: readonly Point[]) =>
    onChange((strokes) => [...strokes.slice(0, -1), [...(strokes.at(-1) ?? []), ...points]]);
  const undo = () => onChange((strokes) => strokes.slice(0, -1));
  const clear = () => onChange(() => []);

  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (move) {
      const to: Point = [clamp(pen[0] + move[0]), clamp(pen[1] + move[1])];
      setPen(to);
      if (isDown) extend([to]);
    } else if (event.key === " ") {
      setIsDown(!isDown);
      if (!isDown) begin(pen);
    } else if (event.key === "Backspace" || event.key === "Delete") {
      setIsDown(false);
      (event.key === "Delete" ? clear : undo)();
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div class="drawing-pad">
      <svg
        viewBox="0 0 1 1"
        role="application"
        aria-label="Drawing area"
        aria-describedby="drawing-keys"
        tabindex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0 || pointer.current !== undefined) return;
          pointer.current = event.pointerId;
          event.currentTarget.setPointerCapture(event.pointerId);
          setIsDown(false);
          begin(pointOf(event, event.currentTarget));
        }}
        onPointerMove={(event) => {
          if (pointer.current !== event.pointerId) return;
          const { currentTarget } = event;
          extend(event.getCoalescedEvents().map((each) => pointOf(each, currentTarget)));
        }}
        onLostPointerCapture={() => {
          pointer.current = undefined;
        }}
      >
        {strokes.length === 0 && (
          <text x="0.5" y="0.52" aria-hidden="true">
            Draw here
          </text>
        )}
        {strokes.map((stroke, index) => (
          // A line of no length is not painted, one to the same place is.
          <polyline key={index} points={[stroke[0], ...stroke].join(" ")} />
        ))}
        <circle class={isDown ? "pen down" : "pen"} cx={pen[0]} cy={pen[1]} r="0.035" />
      </svg>
      <div class="pad-buttons">
        <button type="button" disabled={strokes.length === 0} onClick={undo}>
          Undo
        </button>
        <button type="button" disabled={strokes.length === 0} onClick={clear}>
          Clear
        </button>
        <span role="status" class="hidden">
          {isDown ? "pen down" : "pen up"}
        </span>
      </div>
      <p id="drawing-keys" class="hint">
        By keyboard: arrow keys move the pen, space puts it down and lifts it, Backspace undoes,
        Delete clears.
      </p>
    </div>
  );
}

function pointOf({ clientX, clientY }: PointerEvent, pad: Element): Point {
  const { left, top, width, height } = pad.getBoundingClientRect();
  return [clamp((clientX - left) / width), clamp((clientY - top) / height)];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
