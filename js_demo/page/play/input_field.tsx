// One input of a signature, as text.

import { useId } from "preact/hooks";

import type { TensorSpec } from "../../src/browser.ts";
import { typeText } from "../../src/signatures.ts";
import type { Field } from "./fields.ts";

interface Props {
  readonly spec: TensorSpec;
  readonly field: Field;
  readonly onChange: (text: string) => void;
}

export function InputField({ spec, field: { text, tensor, error }, onChange }: Props) {
  const id = useId();
  return (
    <div class="input-field">
      <label for={id}>
        <b>{spec.name}</b> <span class="type">{typeText(spec)}</span>
      </label>
      <textarea
        id={id}
        value={text}
        spellcheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      <p id={`${id}-note`} class={error === undefined ? "hint" : "error"} aria-live="polite">
        {error ?? `shape [${tensor?.shape.join(",")}]`}
      </p>
    </div>
  );
}
