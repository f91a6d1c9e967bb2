// The inputs of one signature. Once they have been run, what is changed in them is run at once.

import { useEffect, useState } from "preact/hooks";

import type { Bundle, Signature } from "../../src/browser.ts";
import { countText } from "../figures.ts";
import { agreementText } from "./agreement.ts";
import { fullInk, imageSide } from "./drawing.ts";
import { EngineCards, type EngineChoiceProps } from "./engine_cards.tsx";
import { tensorsOf } from "./fields.ts";
import { ImageInput } from "./image_input.tsx";
import { InputField } from "./input_field.tsx";
import { useAnswers } from "./use_answers.ts";
import { useFields } from "./use_fields.ts";

interface Props extends EngineChoiceProps {
  readonly bundle: Bundle;
  readonly signature: Signature;
}

export function SignatureForm({ bundle, signature, ...engineChoice }: Props) {
  const engines = engineChoice.engines.filter(engineChoice.isChosen);
  const { fields, edit, example, cases, caseName, takeCase, taken, error } = useFields(
    bundle,
    signature,
  );
  const { answers, isRunning, run, forget } = useAnswers(signature.name);
  const [isLive, setIsLive] = useState(false);
  const chosen = engines.map(({ runtime }) => runtime).join();
  const tensors = tensorsOf(fields);
  useEffect(() => {
    if (isLive && tensors) void run(engines, tensors);
  }, [isLive, fields, chosen]);

  const image = signature.inputs.find((spec) => imageSide(spec) !== undefined);
  const canRun = tensors !== undefined && engines.length > 0;
  const outputs = engines
    .map(({ runtime }) => answers[runtime]?.outputs)
    .filter((outputs) => outputs !== undefined);
  const statusText = () => {
    if (engines.length === 0) return "Choose an engine";
    if (isRunning) return "running";
    return agreementText(outputs) || (image ? "Draw a digit" : "Press Run");
  };
  const editors = signature.inputs.map((spec) => {
    const field = fields[spec.name];
    return (
      field && (
        <InputField
          key={spec.name}
          spec={spec}
          field={field}
          onChange={(text) => edit(spec, text)}
        />
      )
    );
  });
  return (
    <form
      class="signature-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!canRun) return;
        if (isLive) void run(engines, tensors);
        setIsLive(true);
      }}
    >
      <div class="inputs">
        {image && (
          <ImageInput
            side={imageSide(image) as number}
            full={fullInk(example[image.name] ?? [])}
            tensor={fields[image.name]?.tensor}
            serial={taken}
            onInk={(ink) => {
              const full = fullInk(example[image.name] ?? []);
              const whole = image.dtype.includes("int");
              const values = Array.from(ink, (share) =>
                whole ? Math.round(full * share) : Math.fround(full * share),
              );
              edit(image, `${values}`);
              const isBlank = ink.every((share) => share === 0);
              setIsLive(!isBlank);
              if (isBlank) void forget();
            }}
          />
        )}
        {cases.length > 0 && (
          <label class="choice">
            Inputs of the case
            <select
              value={caseName}
              onChange={({ currentTarget }) => takeCase(currentTarget.value)}
            >
              <option value="">my own</option>
              {cases.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <p class="error" role="alert">
          {error}
        </p>
        {image ? (
          <details>
            <summary>As numbers</summary>
            {editors}
          </details>
        ) : (
          editors
        )}
        <button type="submit" class="primary" disabled={!canRun}>
          Run in {countText(engines.length, "engine")}
        </button>
      </div>
      <fieldset class="answers">
        <legend class="hidden">Engines in this browser</legend>
        <p class="agreement" role="status">
          {statusText()}
        </p>
        <EngineCards {...engineChoice} answers={answers} isOfImage={image !== undefined} />
      </fieldset>
    </form>
  );
}
