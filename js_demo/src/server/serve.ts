// Serves a folder, such as the demo site, on this machine only:
//
//   node src/server/serve.ts FOLDER [--port PORT]

import { createServer } from "node:http";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { listen } from "./listen.ts";
import { sendFile } from "./static_files.ts";

const USAGE = "usage: serve [--port PORT], where 0 is any port that is free";

const server = createServer((request, response) => {
  const [path = ""] = (request.url ?? "").split("?");
  sendFile(folder, path, request, response).catch(() => response.destroy());
});
const { folder, port } = readArguments();
try {
  console.log(`${await listen(server, port)}/`);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  end(1, code === "EADDRINUSE" ? `port ${port}: taken; choose another one with --port` : message);
}

function readArguments(): { folder: string; port: number } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { port: { type: "string", default: "8080" } },
    });
    const [folder, ...others] = positionals;
    if (folder === undefined || others.length > 0) return end(2, USAGE);
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
      return end(2, `--port: got '${values.port}', wanted a number from 0 to 65535`);
    }
    return { folder: resolve(folder), port: Number(values.port) };
  } catch {
    return end(2, USAGE);
  }
}

function end(status: number, message: string): never {
  console.error(message);
  process.exit(status);
}
