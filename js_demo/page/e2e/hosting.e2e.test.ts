// The site on servers that know nothing of it.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { test } from "../../src/testing/test.ts";
import { DIGITS } from "../testing/digits.ts";
import { digitsRead, draw, ENGINES } from "../testing/people.ts";
import { SITE, visit } from "../testing/visit.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  css: "text/css",
  js: "text/javascript",
  mjs: "text/javascript",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};

test("a sub-folder of a plain server will do, with one thread", async (assert) => {
  const server = createServer(async ({ url = "" }, response) => {
    const [, path = ""] = /^\/some\/folder\/([^?]*)/.exec(url) ?? [];
    const file = path === "" ? "index.html" : path;
    const content = await readFile(join(SITE, file)).catch(() => undefined);
    const type = TYPES[file.replace(/.*\./, "")] ?? "application/octet-stream";
    response.writeHead(content ? 200 : 404, { "Content-Type": type }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const url = `http://127.0.0.1:${port}/some/folder/`;
    await visit(assert, { url, expected: /^Executing inline script violates/ }, async (page) => {
      await draw(page, DIGITS[0] ?? []);
      assert.deepEqual(await digitsRead(page), Array(ENGINES).fill("0"));
      const threads = page.locator(".engine-cards li", { hasText: "wasm-threads" });
      assert.match(await threads.innerText(), /no shared memory: its server has to send/);
      const policy = page.locator('meta[http-equiv="Content-Security-Policy"]');
      assert.match((await policy.getAttribute("content")) ?? "", /default-src 'none'/);
      const evaluated = page.evaluate(() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'broken into'";
        document.head.append(script);
        return document.title;
      });
      assert.equal(await evaluated, "modelparity: one model, every engine");
    });
  } finally {
    server.close();
  }
});
