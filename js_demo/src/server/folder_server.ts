// Folders of this machine over HTTP, for tests and measurements in a browser:
//
//   const server = await FolderServer.start({ library, bundle: "digits.bundle" });
//   await page.goto(`${server.origin}/library/index.html`);

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";

import { sendFile, sendText } from "./static_files.ts";

export class FolderServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `folders` by the first part of a URL's path; `onRequest` is told before the answer. */
  static async start(
    folders: Readonly<Record<string, string>>,
    onRequest?: (url: URL) => void,
  ): Promise<FolderServer> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://localhost");
      onRequest?.(url);
      const { pathname } = url;
      const [, name = "", path = ""] = /^\/([^/]*)\/(.*)$/.exec(pathname) ?? [];
      const folder = folders[name];
      if (folder === undefined) sendText(response, 404, `${pathname}: not here`);
      else sendFile(resolve(folder), path, request, response).catch(() => response.destroy());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new FolderServer(server);
  }

  /** Such as "http://127.0.0.1:40123". */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
