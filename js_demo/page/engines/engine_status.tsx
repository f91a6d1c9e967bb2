import type { LiveEngine } from "./live_engine.ts";

/** What an engine without an answer is doing. */
export function EngineStatus({ engine: { status, runtime } }: { readonly engine: LiveEngine }) {
  switch (status.kind) {
    case "idle":
      return <p class="hint">loads when it is used</p>;
    case "ready":
      return <p class="hint">ready</p>;
    case "failed":
      return <p class="error">{status.reason}</p>;
    case "loading":
      return (
        <progress
          aria-label={`${runtime} loads`}
          {...(status.size > 0 ? { value: status.bytes, max: status.size } : {})}
        />
      );
  }
}
