// Files over HTTP, with the headers that a page with engines needs.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";

/**
 * With the first two a page may have threads (shared memory); with the policy it runs nothing and
 * talks to nobody but what came from here. WebAssembly counts as code made at run time.
 */
export const HEADERS: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
    "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache",
};

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Answers GET and HEAD with the file below `folder`; `path` is the URL's, decoded or not. */
export async function sendFile(
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const file = fileOf(folder, path);
  const stats = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (file === undefined || !stats?.isFile()) {
    sendText(response, 404, `${path}: not here`);
    return;
  }
  response.writeHead(200, {
    ...HEADERS,
    "Content-Length": stats.size,
    "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(createReadStream(file), response);
}

export function sendText(response: ServerResponse, status: number, text: string) {
  response.writeHead(status, { ...HEADERS, "Content-Type": "text/plain; charset=utf-8" });
  response.end(text);
}

/** Undefined for what leads out of the folder, or is no path at all. */
function fileOf(folder: string, path: string): string | undefined {
  try {
    const name = decodeURIComponent(path);
    const file = normalize(join(folder, name.endsWith("/") ? `${name}index.html` : name));
    return file.startsWith(folder + sep) && !file.includes("\0") ? file : undefined;
  } catch {
    return undefined;
  }
}
