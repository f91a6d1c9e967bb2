// The part of a Chromium runner that is in the page: it asks the program that opened the page for
// requests, and answers them. Files are read and written through that program as well.

import { browserEngines } from "../browser.ts";
import { FileMissingError, ProtocolError } from "../errors.ts";
import { type Machine, Runner } from "../runner/runner.ts";

const MACHINE: Machine = {
  async readArtifact(bundle, path) {
    const response = await fetch(`artifact?${new URLSearchParams({ bundle, path })}`);
    return response.status === 404 ? undefined : bytesOf(response);
  },
  tensorFiles: (scratch) => ({
    async read(path, offset, size) {
      const query = new URLSearchParams({ path, offset: `${offset}`, size: `${size}` });
      return bytesOf(await fetch(`tensor?${query}`));
    },
    async write(bytes) {
      const response = await fetch(`tensor?${new URLSearchParams({ scratch })}`, {
        method: "POST",
        body: bytes as Uint8Array<ArrayBuffer>,
      });
      return new TextDecoder().decode(await bytesOf(response));
    },
  }),
};

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  const reason = await response.text();
  throw response.status === 410 ? new FileMissingError(reason) : new ProtocolError(reason);
}

const runtime = decodeURIComponent(location.hash.slice(1));
const choice = browserEngines("chromium").find((engine) => engine.runtime === runtime);
if (!choice) throw new Error(`runtime '${runtime}': not of this page`);
const runner = new Runner(await choice.make(), MACHINE);

// Each exchange carries the response to one request there, and the next request back.
let response = new Uint8Array();
for (;;) {
  const exchange = await fetch("exchange", { method: "POST", body: response });
  if (!exchange.ok) break;
  response = new Uint8Array(await runner.answer(new Uint8Array(await exchange.arrayBuffer())));
}
