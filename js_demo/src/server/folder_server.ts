// Folders of this machine over HTTP, for tests and measurements in a browser:
//
//   const server = await FolderServer.start({ library, bundle: "digits.bundle" });
//   await page.goto(`${server.origin}/library/index.html`);

import { createServer, type Server } from "node:http";
import { resolve } from "node:path";

import { listen } from "./listen.ts";
import { sendFile, sendText } from "./static_files.ts";

export class FolderServer {
  readonly origin: string;
  readonly #server: Server;

  private constructor(server: Server, origin: string) {
    this.#server = server;
    this.origin = origin;
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
    return new FolderServer(server, await listen(server));
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
