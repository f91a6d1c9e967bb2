// One output: bars where a model says what is in an image, otherwise its values.

import type { Tensor } from "../../src/browser.ts";
import { countText, percentText } from "../figures.ts";
import { bestOf, classShares } from "./classes.ts";
import { outputText } from "./output_text.ts";

interface Props {
  readonly name: string;
  readonly tensor: Tensor;
  /** Of a model that reads images. */
  readonly isOfImage: boolean;
}

export function OutputView({ name, tensor, isOfImage }: Props) {
  const shares = isOfImage ? classShares(tensor) : undefined;
  if (shares) return <ClassBars shares={shares} />;
  const { text, left } = outputText(tensor);
  return (
    <div class="output">
      <span>
        {name} <span class="type">{`${tensor.dtype} [${tensor.shape}]`}</span>
      </span>
      <pre tabIndex={0}>{text}</pre>
      {left > 0 && <p class="hint">and {countText(left, "value")} more</p>}
    </div>
  );
}

function ClassBars({ shares }: { readonly shares: readonly number[] }) {
  const best = bestOf(shares);
  const words = shares.map((share, index) => `${index}: ${percentText(share)}`);
  return (
    <div class="classes">
      <p>
        <b>{best}</b>
        <span>{percentText(shares[best] ?? 0)}</span>
      </p>
      <div class="bars" role="img" aria-label={words.join(", ")}>
        {shares.map((share, index) => (
          <span key={index} class={index === best ? "best" : ""} title={words[index]}>
            <i style={{ transform: `scaleY(${share})` }} />
            {index}
          </span>
        ))}
      </div>
    </div>
  );
}
