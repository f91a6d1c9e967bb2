import { createServer } from "node:http";

import { FileMissingError } from "../errors.ts";
import { listen } from "../server/listen.ts";
import { test } from "../testing/test.ts";
import { UrlSource } from "./url.ts";

/** A server with one file, `a b/c`, in pieces; the body gets its address. */
async function withServer(body: (url: string) => Promise<void>) {
  const server = createServer(async ({ url }, response) => {
    if (url === "/folder/a%20b/c" || url === "/folder/a%20b/c?key=1") {
      for (const piece of ["one", "two", "three"]) {
        response.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } else {
      response.statusCode = url === "/folder/broken" ? 500 : 404;
    }
    response.end();
  });
  try {
    await body(`${await listen(server)}/folder`);
  } finally {
    server.close();
  }
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}

test("files come from below a URL, with or without a slash at its end", (assert) =>
  withServer(async (url) => {
    for (const address of [url, `${url}/`, new URL(url)]) {
      const source = new UrlSource(address);
      assert.equal(textOf(await source.read("a b/c")), "onetwothree");
      assert.equal(await source.read("none"), undefined);
    }
  }));

test("what a URL asks with is asked with for each file", (assert) =>
  withServer(async (url) =>
    assert.equal(textOf(await new UrlSource(`${url}?key=1`).read("a b/c")), "onetwothree"),
  ));

test("what comes is told as it comes, and no more is read than is expected", (assert) =>
  withServer(async (url) => {
    const told: number[] = [];
    const progress = (bytes: number) => told.push(bytes);
    const source = new UrlSource(url);
    assert.equal(textOf(await source.read("a b/c", { size: 11, progress })), "onetwothree");
    assert.equal(told.at(-1), 11);
    assert.ok((await source.read("a b/c", { size: 2 }))?.length !== 2);
  }));

test("a server that fails, or is not there, is a file that is missing", (assert) =>
  withServer(async (url) => {
    await assert.rejects(new UrlSource(url).read("broken"), FileMissingError);
    await assert.rejects(new UrlSource("http://127.0.0.1:1/").read("c"), FileMissingError);
  }));
