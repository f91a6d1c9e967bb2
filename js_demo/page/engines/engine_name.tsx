import type { LiveEngine } from "./live_engine.ts";

/** The library, and its backend if it has several. */
export function EngineName({ engine }: { readonly engine: LiveEngine }) {
  return (
    <span class="engine-name">
      {engine.library} {engine.backend && <b>{engine.backend}</b>}
    </span>
  );
}
