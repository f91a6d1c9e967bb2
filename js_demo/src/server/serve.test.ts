// The server as a person starts it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { withFolder } from "../testing/folder.ts";
import { test } from "../testing/test.ts";

function start(args: readonly string[]) {
  return spawn(process.execPath, ["src/server/serve.ts", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Of one that ends by itself. */
async function endOf(args: readonly string[]) {
  const server = start(args);
  const [stderr, [status]] = await Promise.all([text(server.stderr), once(server, "exit")]);
  return { status: status as number, stderr };
}

test("a folder is served, with the headers that threads need", (assert) =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "index.html"), "a page");
    const server = start([folder, "--port", "0"]);
    try {
      const [said] = (await once(server.stdout, "data")) as [Buffer];
      const url = new URL(`${said}`.trim());
      const page = await fetch(`${url}?query`);
      assert.equal(await page.text(), "a page");
      assert.deepEqual(
        ["Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"].map((name) =>
          page.headers.get(name),
        ),
        ["same-origin", "require-corp"],
      );
      assert.equal((await fetch(new URL("none", url))).status, 404);
      assert.deepEqual(await endOf([folder, "--port", url.port]), {
        status: 1,
        stderr: `port ${url.port}: taken; choose another one with --port\n`,
      });
    } finally {
      server.kill();
    }
  }));

test("a wrong call is said in one line", async (assert) => {
  const usage = "usage: serve [--port PORT], where 0 is any port that is free\n";
  assert.deepEqual(await endOf([]), { status: 2, stderr: usage });
  assert.deepEqual(await endOf([".", "--prot", "1"]), { status: 2, stderr: usage });
  assert.deepEqual(await endOf([".", "--port", "65536"]), {
    status: 2,
    stderr: "--port: got '65536', wanted a number from 0 to 65535\n",
  });
});
