// The page: which bundle is open, and what went wrong with the last that was not.

import "./app.css";

import { useCallback, useRef, useState } from "preact/hooks";

import { Bundle, type BundleSource } from "../src/browser.ts";
import { enginesOf } from "./engines/engines_of.ts";
import { type LiveEngine, reasonOf } from "./engines/live_engine.ts";
import { ModelView } from "./model_view.tsx";
import { DropZone } from "./open/drop_zone.tsx";
import { Picker } from "./open/picker.tsx";
import { ThemeToggle } from "./theme_toggle.tsx";

interface Opened {
  readonly bundle: Bundle;
  readonly engines: readonly LiveEngine[];
  /** Another one each time, of the same bundle too: it may have changed. */
  readonly serial: number;
}

export function App() {
  const [opened, setOpened] = useState<Opened>();
  const [error, setError] = useState("");
  const newest = useRef<BundleSource>(undefined);
  const fail = useCallback((error: unknown) => setError(reasonOf(error)), []);
  const open = useCallback(async (source: BundleSource) => {
    newest.current = source;
    try {
      const bundle = await Bundle.open(source);
      const engines = await enginesOf(bundle);
      if (newest.current !== source) return;
      setOpened((before) => ({ bundle, engines, serial: (before?.serial ?? 0) + 1 }));
      setError("");
    } catch (error) {
      if (newest.current === source) fail(error);
    }
  }, []);
  const start = useCallback((source: BundleSource) => {
    // A person may have chosen another one before the examples were listed.
    if (!newest.current) void open(source);
  }, []);
  return (
    <>
      <a class="skip" href="#model">
        Skip to the model
      </a>
      <header class="site">
        <p class="wordmark">modelparity</p>
        <ThemeToggle />
        <h1>One model, the same answers everywhere.</h1>
        <p>
          Trained once in Python, run here by every engine that your browser has, and held against
          the answers that its author saw.
        </p>
      </header>
      <Picker openName={opened?.bundle.name} onStart={start} onOpen={open} />
      <main id="model" tabIndex={-1}>
        <p class="open-error" role="alert">
          {error}
        </p>
        {opened ? (
          <ModelView key={opened.serial} {...opened} />
        ) : (
          <p class="empty">Choose an example, or drop a bundle’s folder on this page.</p>
        )}
      </main>
      <DropZone onOpen={open} onError={fail} />
    </>
  );
}
