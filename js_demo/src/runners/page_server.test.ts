// The page's server, and that nothing gets past it.

import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";

import { withFolder } from "../testing/folder.ts";
import { test } from "../testing/test.ts";
import { PageServer } from "./page_server.ts";

function withServer(body: (server: PageServer, folder: string) => Promise<void>) {
  return withFolder(async (folder) => {
    await writeFile(join(folder, "runner.html"), "a page");
    const server = await PageServer.start(folder);
    try {
      await body(server, folder);
    } finally {
      server.close();
    }
  });
}

/** What the server says to stderr meanwhile. */
async function saidDuring(body: () => Promise<unknown>): Promise<string> {
  const { error } = console;
  const said: unknown[] = [];
  console.error = (...words) => said.push(...words);
  try {
    await body();
  } finally {
    console.error = error;
  }
  return said.join("\n");
}

/** The status of a request as a browser sends it to a proxy. */
function throughProxy(server: PageServer, method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...addressOf(server), method, path, agent: false });
    sent.on("connect", ({ statusCode }) => resolve(statusCode ?? 0));
    sent.on("response", ({ statusCode }) => resolve(statusCode ?? 0));
    sent.on("error", reject);
    sent.end();
  });
}

function addressOf(server: PageServer) {
  const { hostname, port } = new URL(server.origin);
  return { host: hostname, port };
}

test("what wants to leave the machine is refused, and said", (assert) =>
  withServer(async (server) => {
    for (const [method, target] of [
      ["CONNECT", "example.org:443"],
      ["GET", "http://example.org/"],
    ] as const) {
      let status = 0;
      const said = await saidDuring(async () => {
        status = await throughProxy(server, method, target);
      });
      assert.equal(status, 403, target);
      assert.match(said, /wanted to leave this machine, to .*example\.org/);
    }
  }));

test("the page comes from under a secret path, with its policy", (assert) =>
  withServer(async (server) => {
    const page = await fetch(server.pageUrl);
    assert.equal(await page.text(), "a page");
    assert.match(page.headers.get("Content-Security-Policy") ?? "", /default-src 'none'/);
    for (const url of [
      `${server.origin}/runner.html`,
      `${server.origin}/exchange`,
      new URL("none.html", server.pageUrl),
      new URL("..%2f..%2f..%2fetc%2fpasswd", server.pageUrl),
    ]) {
      const { status } = await fetch(url);
      assert.equal(status, 404, `${url}`);
    }
  }));

test("frames go to the page and come back, whoever is first", (assert) =>
  withServer(async (server) => {
    const exchange = async (body: Uint8Array<ArrayBuffer>) => {
      const response = await fetch(new URL("exchange", server.pageUrl), { method: "POST", body });
      return new Uint8Array(await response.arrayBuffer());
    };
    const answer = server.exchange(Uint8Array.of(1));
    assert.deepEqual(await exchange(new Uint8Array()), Uint8Array.of(1));
    const next = exchange(Uint8Array.of(2));
    assert.deepEqual(new Uint8Array(await answer), Uint8Array.of(2));
    const last = server.exchange(Uint8Array.of(3));
    assert.deepEqual(await next, Uint8Array.of(3));
    server.fail(new Error("the page crashed"));
    await assert.rejects(last, new Error("the page crashed"));
    await assert.rejects(server.exchange(Uint8Array.of(4)), new Error("the page crashed"));
  }));

test("files are read and written for the page", (assert) =>
  withServer(async (server, folder) => {
    const at = (path: string, query: Record<string, string>) =>
      new URL(`${path}?${new URLSearchParams(query)}`, server.pageUrl);
    const artifact = await fetch(at("artifact", { bundle: folder, path: "runner.html" }));
    assert.equal(await artifact.text(), "a page");
    const { status } = await fetch(at("artifact", { bundle: folder, path: "none" }));
    assert.equal(status, 404);
    const body = Uint8Array.of(1, 2, 3, 4);
    const written = await fetch(at("tensor", { scratch: folder }), { method: "POST", body });
    const path = await written.text();
    const read = await fetch(at("tensor", { path, offset: "1", size: "2" }));
    assert.deepEqual(new Uint8Array(await read.arrayBuffer()), Uint8Array.of(2, 3));
    for (const [query, status] of [
      [{ path: `${path}.none`, offset: "0", size: "1" }, 410],
      [{ path, offset: "3", size: "2" }, 400],
    ] as const) {
      assert.equal((await fetch(at("tensor", query))).status, status);
    }
  }));
