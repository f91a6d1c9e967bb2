// Ways to a bundle: an example, a folder of one's own, an address.

import "./picker.css";

import { useEffect, useId, useState } from "preact/hooks";

import { type BundleSource, FilesSource, UrlSource } from "../../src/browser.ts";
import { reasonOf } from "../engines/live_engine.ts";
import { type Example, readExamples } from "./examples.ts";
import { bundleUrl } from "./url.ts";

interface Props {
  /** What is open, to mark it among the examples. */
  readonly openName: string | undefined;
  /** What the page starts with, once it is known. */
  readonly onStart: (source: BundleSource) => void;
  readonly onOpen: (source: BundleSource) => void;
}

export function Picker({ openName, onStart, onOpen }: Props) {
  const [examples, setExamples] = useState<readonly Example[]>([]);
  const openUrl = (url: string) => onOpen(new UrlSource(url));
  useEffect(() => {
    void readExamples().then((examples) => {
      setExamples(examples);
      const first = location.hash.slice(1) || examples[0]?.url;
      if (first) openAddress(first, (url) => onStart(new UrlSource(url)));
    });
  }, []);
  return (
    <section class="picker" aria-label="Choose a model">
      <ul class="examples">
        {examples.map(({ url, name, about }) => (
          <li key={url}>
            <button
              type="button"
              aria-pressed={openName === new UrlSource(url).name}
              onClick={() => openUrl(url)}
            >
              <b>{name}</b>
              <span>{about}</span>
            </button>
          </li>
        ))}
      </ul>
      <div class="own">
        <FolderInput onOpen={onOpen} />
        <AddressForm onOpen={openUrl} />
      </div>
    </section>
  );
}

function FolderInput({ onOpen }: { readonly onOpen: (source: BundleSource) => void }) {
  const id = useId();
  return (
    <div class="folder">
      <input
        id={id}
        type="file"
        // TypeScript knows it, JSX does not: folders in place of files.
        {...{ webkitdirectory: true }}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // The same folder can be chosen again after it was mended.
          currentTarget.value = "";
          if (files.length > 0) onOpen(FilesSource.fromInput(files));
        }}
      />
      <label for={id}>
        <b>Open your own bundle</b> <span>or drop its folder on this page</span>
      </label>
    </div>
  );
}

function AddressForm({ onOpen }: { readonly onOpen: (url: string) => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        setError(openAddress(text, onOpen));
      }}
    >
      <div>
        <label for={id}>or its address on this server</label>
        <input
          id={id}
          value={text}
          placeholder="models/my.bundle"
          autocomplete="off"
          spellcheck={false}
          aria-invalid={error !== ""}
          aria-describedby={`${id}-error`}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit">Open</button>
      </div>
      <p id={`${id}-error`} class="error" role="alert">
        {error}
      </p>
    </form>
  );
}

/** What is wrong with the address; empty: it is opened. */
function openAddress(text: string, open: (url: string) => void): string {
  try {
    open(bundleUrl(text, document.baseURI).href);
    return "";
  } catch (error) {
    return reasonOf(error);
  }
}
