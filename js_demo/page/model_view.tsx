// One bundle: what it is, a place to try it in every engine, and its golden cases.

import "./model_view.css";

import type { Bundle, TensorSpec } from "../src/browser.ts";
import { typeText } from "../src/signatures.ts";
import type { LiveEngine } from "./engines/live_engine.ts";
import { useEngines } from "./engines/use_engines.ts";
import { byteText, countText } from "./figures.ts";
import { ParityTable } from "./parity/parity_table.tsx";
import { Playground } from "./play/playground.tsx";

interface Props {
  readonly bundle: Bundle;
  readonly engines: readonly LiveEngine[];
}

export function ModelView({ bundle, engines }: Props) {
  const { chosen, isChosen, choose } = useEngines(engines);
  return (
    <>
      <About bundle={bundle} />
      <Playground bundle={bundle} engines={engines} isChosen={isChosen} onChoose={choose} />
      <ParityTable bundle={bundle} engines={chosen} />
    </>
  );
}

function About({ bundle: { manifest, name } }: { readonly bundle: Bundle }) {
  const { producer, signatures, artifacts, files } = manifest;
  const formats = [...new Set(artifacts.map(({ format }) => format))];
  const size = files.reduce((total, file) => total + Number(file.size), 0);
  const versions = Object.entries(producer?.packageVersions ?? {});
  return (
    <section class="about" aria-labelledby="model-name">
      <h2 id="model-name">{manifest.name || name}</h2>
      <p>
        {countText(signatures.length, "signature")}, {formats.join(", ")}, {byteText(size)} in all.
        {producer &&
          ` Exported from ${producer.source} by modelparity ${producer.modelparityVersion}.`}
      </p>
      <details>
        <summary>Signatures and versions</summary>
        <dl>
          {signatures.map((signature) => (
            <div key={signature.name}>
              <dt>{signature.name}</dt>
              <dd>
                {signature.inputs.map(specText).join(", ") || "nothing"} →{" "}
                {signature.outputs.map(specText).join(", ")}
              </dd>
            </div>
          ))}
          {versions.map(([name, version]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{version}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}

/** Such as "image: float32 [?,8,8,1]". */
function specText(spec: TensorSpec): string {
  return `${spec.name}: ${typeText(spec)}`;
}
