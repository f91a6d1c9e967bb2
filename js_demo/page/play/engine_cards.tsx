// Every engine with its answer, or why there is none, and a box to leave the engine out.

import "./engine_cards.css";

import { EngineName } from "../engines/engine_name.tsx";
import { EngineStatus } from "../engines/engine_status.tsx";
import type { LiveEngine } from "../engines/live_engine.ts";
import { millisecondText } from "../figures.ts";
import { OutputView } from "./output_view.tsx";
import type { EngineAnswer } from "./use_answers.ts";

export interface EngineChoiceProps {
  readonly engines: readonly LiveEngine[];
  readonly isChosen: (engine: LiveEngine) => boolean;
  readonly onChoose: (engine: LiveEngine, chosen: boolean) => void;
}

interface Props extends EngineChoiceProps {
  /** By runtime. */
  readonly answers: Readonly<Record<string, EngineAnswer>>;
  readonly isOfImage: boolean;
}

export function EngineCards({ engines, isChosen, onChoose, answers, isOfImage }: Props) {
  return (
    <ul class="engine-cards">
      {engines.map((engine) => {
        const answer = isChosen(engine) ? answers[engine.runtime] : undefined;
        return (
          <li key={engine.runtime} class={engine.obstacle === undefined ? "" : "unavailable"}>
            <label>
              <input
                type="checkbox"
                checked={isChosen(engine)}
                disabled={engine.obstacle !== undefined}
                onChange={({ currentTarget }) => onChoose(engine, currentTarget.checked)}
              />
              <EngineName engine={engine} />
            </label>
            {answer?.milliseconds !== undefined && (
              <span class="time">{millisecondText(answer.milliseconds)}</span>
            )}
            {engine.obstacle !== undefined ? (
              <p class="hint">{engine.obstacle}</p>
            ) : answer ? (
              <AnswerView answer={answer} isOfImage={isOfImage} />
            ) : (
              <EngineStatus engine={engine} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

interface AnswerProps {
  readonly answer: EngineAnswer;
  readonly isOfImage: boolean;
}

function AnswerView({ answer, isOfImage }: AnswerProps) {
  if (answer.error !== undefined) return <p class="error">{answer.error}</p>;
  return (
    <>
      {Object.entries(answer.outputs).map(([name, tensor]) => (
        <OutputView key={name} name={name} tensor={tensor} isOfImage={isOfImage} />
      ))}
    </>
  );
}
