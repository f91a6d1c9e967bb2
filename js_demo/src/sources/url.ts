// A bundle on a web server.

import type { BundleSource, Expected } from "../bundle.ts";
import { FileMissingError, oneLine } from "../errors.ts";
import { bytesOfStream } from "./streams.ts";

export class UrlSource implements BundleSource {
  readonly name: string;

  /** `url` is the bundle's folder; relative to the page, where there is one. */
  constructor(url: string | URL) {
    // In a worker there is no document.
    const base = globalThis.document?.baseURI ?? globalThis.location?.href;
    const folder = new URL(url, base);
    folder.pathname = folder.pathname.replace(/\/*$/, "/");
    this.name = folder.href;
  }

  async read(path: string, expected?: Expected): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const url = new URL(this.name);
    url.pathname += path.split("/").map(encodeURIComponent).join("/");
    try {
      const response = await fetch(url);
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`);
      return response.body ? await bytesOfStream(response.body, expected) : new Uint8Array();
    } catch (error) {
      throw new FileMissingError(
        `${path}: cannot be fetched from ${this.name} (${oneLine(error)}); ` +
          "check the address, the connection, and that the server allows this page to read it",
      );
    }
  }
}
