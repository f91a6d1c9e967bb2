// The demo site in a real Chromium, as a person sees it.
//
//   test("a digit is read", (assert) => visit(assert, {}, async (page) => { ... }));
//
// Whatever a visit does: the page may ask no other server for anything, violate no policy, and
// write no error to the console. Of a visit that fails there is a picture.

import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

import { FolderServer } from "../../src/server/folder_server.ts";
import { launchChromium } from "../../src/testing/chromium.ts";
import type { Assert } from "../../src/testing/test.ts";

const START_FOLDER = process.env.START_FOLDER ?? "";
const PICTURES = process.env.TEST_UNDECLARED_OUTPUTS_DIR ?? join(tmpdir(), "modelparity_pictures");

/** LiteRT.js logs to where errors go. */
const LITERT_LOG = /^(INFO|WARNING): |^Created TensorFlow Lite/;

export const SITE = join(START_FOLDER, "js_demo/site");
export const bundleFolder = (model: string) => join(START_FOLDER, "tests", `${model}.bundle`);

let browser: Browser;
let server: FolderServer;

before(async () => {
  server = await FolderServer.start({ site: SITE });
  browser = await launchChromium();
});

after(async () => {
  await browser.close();
  server.close();
});

interface VisitOptions extends BrowserContextOptions {
  /** Of the page; that of the test's own server unless told otherwise. */
  readonly url?: string;
  /** Errors that the browser is expected to write to its console. */
  readonly expected?: RegExp;
}

export async function visit(
  assert: Assert,
  { url = `${server.origin}/site/index.html`, expected, ...options }: VisitOptions,
  body: (page: Page) => Promise<void>,
) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const problems: string[] = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      const isExpected = LITERT_LOG.test(text) || expected?.test(text);
      if (message.type() === "error" && !isExpected) problems.push(text);
    });
    const { origin } = new URL(url);
    page.on("request", (request) => {
      const asked = new URL(request.url());
      const isOwn = asked.origin === origin || ["blob:", "data:"].includes(asked.protocol);
      if (!isOwn) problems.push(`request to ${asked}`);
    });
    await page.goto(url);
    await body(page).catch(async (error) => {
      await picture(page, `failed_${Date.now()}`);
      throw new Error(`the visit failed; problems seen before: ${problems.join("; ") || "none"}`, {
        cause: error,
      });
    });
  } finally {
    await context.close();
  }
  assert.deepEqual(problems, []);
}

/** Among the outputs of the test: the whole page, or the part of it that is in view. */
export async function picture(page: Page, name: string, part: "page" | "view" = "page") {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: part === "page" });
}
