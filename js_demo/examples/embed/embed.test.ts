// The page of docs/javascript.md, in a real Chromium, under its Content-Security-Policy.

import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Page } from "playwright-core";

import { load, tensor } from "../../src/node.ts";
import { FolderServer } from "../../src/server/folder_server.ts";
import { launchChromium } from "../../src/testing/chromium.ts";
import { withFolder } from "../../src/testing/folder.ts";
import { test } from "../../src/testing/test.ts";

const START = resolve(process.env.START_FOLDER ?? "..");
const BUNDLE = join(START, "tests/linear_regression.bundle");
const SHOWN = "0.5, -1, 2";

interface Visit {
  readonly page: Page;
  /** The folder that is served. */
  readonly site: string;
  /** What the page's console, or a request to anywhere else, has complained about. */
  readonly complaints: string[];
}

/** The page as the docs say that it is hosted, and opened. */
function visit(body: (visit: Visit) => Promise<void>, prepare?: (page: Page) => Promise<unknown>) {
  return withFolder(async (site) => {
    for (const file of ["index.html", "main.js"]) {
      await copyFile(join("examples/embed", file), join(site, file));
    }
    await symlink(join(START, "js_demo/library"), join(site, "modelparity"));
    await symlink(BUNDLE, join(site, "model.bundle"));
    const server = await FolderServer.start({ site });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(server.origin) && !/^(data|blob):/.test(url)) complaints.push(url);
      });
      await prepare?.(page);
      await page.goto(`${server.origin}/site/index.html`);
      await body({ page, site, complaints });
    } finally {
      await browser.close();
      server.close();
    }
  });
}

/** What the page says once it says something that matches. */
async function statusLike(page: Page, wanted: RegExp): Promise<string> {
  const status = page.locator("#status").filter({ hasText: wanted });
  return (await status.textContent()) ?? "";
}

/** What Node answers to the input that the page starts with. */
async function wantedAnswer(): Promise<number> {
  const model = await load(BUNDLE);
  const inputs = { x: tensor("float32", [1, 3], SHOWN.split(",").map(Number)) };
  const { y } = await model.run("serving_default", inputs);
  await model.close();
  return Number(y?.data[0]);
}

async function answer(page: Page): Promise<number> {
  await page.getByRole("button", { name: "Run" }).click();
  const shown = page.locator("#y").filter({ hasText: /\d/ });
  return Number(await shown.textContent());
}

test("the page proves its model, with threads, and runs it", (assert) =>
  visit(async ({ page, complaints }) => {
    const status = await statusLike(page, /self-test/);
    assert.match(
      status,
      /\/model\.bundle\/ in onnxruntime-web-browser\/wasm-threads: self-test passed: (\d+) of \1 cases match$/,
    );
    const { value, max } = await page
      .locator("#progress")
      .evaluate((bar) => ({ value: Reflect.get(bar, "value"), max: Reflect.get(bar, "max") }));
    assert.ok(value > 0 && value === max, `${value} of ${max}`);
    const got = await answer(page);
    const wanted = await wantedAnswer();
    assert.ok(Math.abs(got - wanted) < 1e-5, `got ${got}, wanted ${wanted}`);
    assert.deepEqual(complaints, []);
  }));

test("a plain host without headers is enough for one thread", (assert) =>
  visit(
    async ({ page, complaints }) => {
      const status = await statusLike(page, /self-test/);
      assert.match(status, / in onnxruntime-web-browser\/wasm: self-test passed/);
      assert.deepEqual(complaints, []);
    },
    (page) =>
      page.route("**", async (route) => {
        const response = await route.fetch();
        const { "content-type": type = "" } = response.headers();
        await route.fulfill({ response, headers: { "content-type": type } });
      }),
  ));

test("every engine of TensorFlow.js can be chosen", (assert) =>
  visit(async ({ page, complaints }) => {
    await statusLike(page, /self-test/);
    for (const backend of ["cpu", "wasm", "webgl"]) {
      await page.locator("#engine").selectOption(`tfjs-browser/${backend}`);
      const status = await statusLike(page, new RegExp(`tfjs-browser/${backend}`));
      assert.match(status, /self-test passed/);
    }
    // Reading what WebGL has computed waits for it, and Chromium says so.
    assert.deepEqual(
      complaints.filter((text) => !text.includes("GPU stall")),
      [],
    );
  }));

test("an input that does not fit is explained", (assert) =>
  visit(async ({ page }) => {
    await statusLike(page, /self-test/);
    await page.locator("#x").fill("1, 2");
    await page.getByRole("button", { name: "Run" }).click();
    const status = await statusLike(page, /input/);
    assert.match(status, /^input 'x': got float32 \[1,2\], .* wants float32 \[\?,3\]; reshape it$/);
  }));

test("another bundle can be chosen, and a broken one is explained", (assert) =>
  visit(async ({ page, site }) => {
    await statusLike(page, /self-test/);
    const bundle = join(site, "chosen.bundle");
    // Written anew, since what Bazel builds cannot be changed.
    for (const entry of await readdir(BUNDLE, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) continue;
      const source = join(entry.parentPath, entry.name);
      const target = join(bundle, relative(BUNDLE, source));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, await readFile(source));
    }
    await page.locator("#folder").setInputFiles(bundle);
    assert.match(await statusLike(page, /^chosen\.bundle in/), /self-test passed/);
    await writeFile(join(bundle, "onnx/serving_default.onnx"), "another file");
    await page.locator("#folder").setInputFiles(bundle);
    const status = await statusLike(page, /failed/);
    assert.match(
      status,
      /load_failed: onnx\/serving_default\.onnx: got 12 bytes, the manifest says/,
    );
  }));
