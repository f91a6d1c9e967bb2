// Addresses of bundles.

import { test } from "../../src/testing/test.ts";
import { bundleUrl } from "./url.ts";

const PAGE = "https://demo.example/site/index.html";

test("an address is relative to the page", (assert) => {
  for (const [text, url] of [
    ["examples/lstm.bundle", "https://demo.example/site/examples/lstm.bundle"],
    [" /models/a b ", "https://demo.example/models/a%20b"],
    ["https://demo.example/x", "https://demo.example/x"],
  ] as const) {
    assert.equal(bundleUrl(text, PAGE).href, url, text);
  }
});

test("other servers and what is no address are refused", (assert) => {
  assert.throws(
    () => bundleUrl("https://else.example/x", PAGE),
    new Error(
      "address: https://else.example is another server, and this page reads from " +
        "https://demo.example only; put the bundle there, or drop its folder here",
    ),
  );
  for (const text of ["", " ", "https://"]) {
    const message = `address: got '${text}'; write the folder's, such as examples/lstm.bundle`;
    assert.throws(() => bundleUrl(text, PAGE), new Error(message));
  }
});
