// The engines of the bundle that is open, as state of the page.

import { useEffect, useState } from "preact/hooks";

import type { LiveEngine } from "./live_engine.ts";

export function useEngines(engines: readonly LiveEngine[]) {
  const [, setVersion] = useState(0);
  useEffect(() => {
    for (const engine of engines) engine.onChange = () => setVersion((version) => version + 1);
    return () => engines.forEach((engine) => void engine.close());
  }, [engines]);

  const [leftOut, setLeftOut] = useState<ReadonlySet<LiveEngine>>(new Set());
  const isChosen = (engine: LiveEngine) => engine.obstacle === undefined && !leftOut.has(engine);
  const choose = (engine: LiveEngine, chosen: boolean) => {
    const others = [...leftOut].filter((each) => each !== engine);
    setLeftOut(new Set(chosen ? others : [...others, engine]));
  };
  return { chosen: engines.filter(isChosen), isChosen, choose };
}
