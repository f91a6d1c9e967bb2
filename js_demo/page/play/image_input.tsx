// An image-like input: a pad to draw on, and the image that becomes of it.

import { useEffect, useState } from "preact/hooks";

import type { Tensor } from "../../src/browser.ts";
import { pixelsOf, type Stroke } from "./drawing.ts";
import { DrawingPad } from "./drawing_pad.tsx";
import { numbersOf } from "./numbers.ts";
import { Pixels } from "./pixels.tsx";

interface Props {
  readonly side: number;
  /** What full ink is in the input. */
  readonly full: number;
  /** The input as it is. */
  readonly tensor: Tensor | undefined;
  /** What is drawn goes when this changes: the input came from elsewhere. */
  readonly serial: number;
  /** Told the ink of each pixel, from 0 to 1. */
  readonly onInk: (pixels: Float32Array) => void;
}

export function ImageInput({ side, full, tensor, serial, onInk }: Props) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>();
  useEffect(() => setStrokes(undefined), [serial]);
  useEffect(() => {
    if (strokes) onInk(pixelsOf(strokes, side));
  }, [strokes]);
  const values = tensor ? numbersOf(tensor).slice(0, side * side) : [];
  return (
    <div class="image-input">
      <DrawingPad
        strokes={strokes ?? []}
        onChange={(change) => setStrokes((strokes) => change(strokes ?? []))}
      />
      <figure>
        <Pixels values={values} side={side} full={full} />
        <figcaption>
          What the model sees, {side} × {side}
        </figcaption>
      </figure>
    </div>
  );
}
