// Try a signature: its inputs to edit or draw, and what every engine makes of them.

import "./playground.css";

import { useState } from "preact/hooks";

import type { Bundle } from "../../src/browser.ts";
import type { EngineChoiceProps } from "./engine_cards.tsx";
import { SignatureForm } from "./signature_form.tsx";

interface Props extends EngineChoiceProps {
  readonly bundle: Bundle;
}

export function Playground({ bundle, ...engineChoice }: Props) {
  const { signatures } = bundle.manifest;
  const [name, setName] = useState(signatures[0]?.name);
  const signature = signatures.find((signature) => signature.name === name);
  return (
    <section class="playground" aria-labelledby="try-it">
      <h3 id="try-it">Try it</h3>
      {signatures.length > 1 && (
        <label class="choice">
          Signature
          <select value={name} onChange={({ currentTarget }) => setName(currentTarget.value)}>
            {signatures.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {signature && (
        <SignatureForm key={name} bundle={bundle} signature={signature} {...engineChoice} />
      )}
    </section>
  );
}
