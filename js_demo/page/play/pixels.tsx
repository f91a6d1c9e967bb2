// A small grey image.

interface Props {
  readonly values: readonly number[];
  readonly side: number;
  /** Of full ink. */
  readonly full: number;
}

export function Pixels({ values, side, full }: Props) {
  return (
    <svg class="pixels" viewBox={`0 0 ${side} ${side}`} role="img" aria-label="What the model sees">
      {values.map(
        (value, index) =>
          value > 0 && (
            <rect
              key={index}
              x={index % side}
              y={Math.floor(index / side)}
              width="1.02"
              height="1.02"
              opacity={Math.min(1, value / full)}
            />
          ),
      )}
    </svg>
  );
}
