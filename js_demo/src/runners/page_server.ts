// The server that a Chromium runner's page comes from, and talks to. It listens on this machine
// only, under a path that nobody else can guess. It is the browser's proxy as well: whatever the
// browser wants of any other machine ends here.

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

import { FileMissingError, ModelParityError, oneLine } from "../errors.ts";
import { NODE_MACHINE } from "../runner/files.ts";
import { listen } from "../server/listen.ts";
import { HEADERS, sendFile, sendText } from "../server/static_files.ts";

export class PageServer {
  readonly #folder: string;
  readonly #prefix = `/${randomUUID()}/`;
  readonly #server: Server;
  #origin = "";
  /** The page's request for the next frame, when it has come before the frame. */
  #waiting: ServerResponse | undefined;
  #frame: Uint8Array | undefined;
  #answer: PromiseWithResolvers<Uint8Array> | undefined;
  #failure: Error | undefined;
  readonly #started = Promise.withResolvers<void>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else sendError(response, error);
      });
    });
    // What a browser asks a proxy for.
    this.#server.on("connect", ({ url }, socket) => {
      refuseOutside(url);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
  }

  /** `folder` holds the page. */
  static async start(folder: string): Promise<PageServer> {
    const server = new PageServer(folder);
    server.#origin = await listen(server.#server);
    return server;
  }

  get origin(): string {
    return this.#origin;
  }

  get pageUrl(): string {
    return `${this.origin}${this.#prefix}runner.html`;
  }

  /** Resolves when the page asks for its first frame. */
  get ready(): Promise<void> {
    return this.#started.promise;
  }

  /** Hands a request to the page, and gives the page's response. One at a time. */
  exchange(frame: Uint8Array): Promise<Uint8Array> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#answer = Promise.withResolvers();
    this.#frame = frame;
    this.#send();
    return this.#answer.promise;
  }

  /** Every exchange, the one under way included, fails from now on. */
  fail(error: Error) {
    this.#failure ??= error;
    this.#answer?.reject(this.#failure);
    this.#started.reject(this.#failure);
    // Nobody may be waiting for it.
    this.#started.promise.catch(() => {});
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #send() {
    if (!this.#waiting || !this.#frame) return;
    this.#waiting.writeHead(200, HEADERS).end(this.#frame);
    this.#waiting = undefined;
    this.#frame = undefined;
  }

  async #handle(request: IncomingMessage, response: ServerResponse) {
    const { url = "" } = request;
    if (!url.startsWith("/")) {
      refuseOutside(url);
      sendText(response, 403, "this browser talks to its runner only");
      return;
    }
    const { pathname, searchParams: query } = new URL(url, this.origin);
    if (!pathname.startsWith(this.#prefix)) {
      sendText(response, 404, "not here");
      return;
    }
    const path = pathname.slice(this.#prefix.length);
    const text = (name: string) => query.get(name) ?? "";
    if (path === "exchange") {
      const answer = await buffer(request);
      // The first time there is nothing to answer yet.
      if (answer.byteLength > 0) this.#answer?.resolve(answer);
      this.#waiting = response;
      this.#started.resolve();
      this.#send();
    } else if (path === "artifact") {
      const bytes = await NODE_MACHINE.readArtifact(text("bundle"), text("path"));
      if (bytes) response.writeHead(200, HEADERS).end(bytes);
      else sendText(response, 404, "not in the bundle");
    } else if (path === "tensor" && request.method === "POST") {
      const files = NODE_MACHINE.tensorFiles(text("scratch"));
      sendText(response, 200, await files.write(await buffer(request)));
    } else if (path === "tensor") {
      const [offset, size] = [Number(text("offset")), Number(text("size"))];
      const bytes = await NODE_MACHINE.tensorFiles("").read(text("path"), offset, size);
      response.writeHead(200, HEADERS).end(bytes);
    } else {
      await sendFile(this.#folder, path, request, response);
    }
  }
}

/** 410 for a file that is not there, 400 for anything else. */
function sendError(response: ServerResponse, error: unknown) {
  const text = error instanceof ModelParityError ? error.message : oneLine(error);
  sendText(response, error instanceof FileMissingError ? 410 : 400, text);
}

function refuseOutside(what: string | undefined) {
  console.error(`refused: the browser wanted to leave this machine, to ${what}`);
}
