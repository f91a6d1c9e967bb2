// The page that `modelparity verify --html` writes, in a real Chromium. It is opened from the disk, as
// people open it who got it by mail or from a job of CI.

import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";

import { violations } from "../page/testing/axe.ts";
import { picture, visit } from "../page/testing/visit.ts";
import { type Assert, test } from "../src/testing/test.ts";

const PAGES = join(process.env.START_FOLDER ?? "", "python/modelparity/report/sample_pages");
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

type Options = Partial<Parameters<typeof visit>[1]>;

async function open(
  assert: Assert,
  name: string,
  options: Options,
  body: (page: Page) => Promise<void>,
) {
  const { href } = pathToFileURL(resolve(PAGES, `${name}.html`));
  await visit(assert, { url: href, ...options }, async (page) => {
    await body(page);
    const others = await page.evaluate(() => performance.getEntriesByType("resource").length);
    assert.equal(others, 0);
  });
}

const search = (page: Page) => page.getByRole("searchbox", { name: "Search" });
const status = (page: Page) => page.getByRole("status");
const rows = (page: Page) => page.locator(".matrix tbody tr:visible");
const groups = (page: Page) => page.locator(".group:visible");
const plots = (page: Page) => page.getByRole("img", { name: "Errors of one output" });

const openAll = (page: Page) =>
  page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const colorScheme of ["light", "dark"] as const) {
  for (const name of ["typical", "hostile", "some_models"]) {
    test(`axe has nothing to say of the ${colorScheme} ${name} page`, (assert) =>
      open(assert, name, { colorScheme }, async (page) => {
        assert.deepEqual(await violations(page), []);
        await picture(page, `report_${name}_${colorScheme}`);
        await openAll(page);
        assert.deepEqual(await violations(page), []);
        await picture(page, `report_${name}_${colorScheme}_open`);
      }));
  }
}

test("a cell of the matrix leads to its figures and plots, by keyboard alone", (assert) =>
  open(assert, "typical", {}, async (page) => {
    assert.equal(await plots(page).count(), 0);
    await page.getByRole("link", { name: "1/3 mismatch" }).focus();
    await page.keyboard.press("Enter");
    const zeros = page.locator(":target summary").first();
    await zeros.waitFor();
    // What follows the link's target is the first of its cases.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("185 times what is allowed there").waitFor();
    assert.equal(await plots(page).count(), 2);
  }));

test("without its script the page has all the same", (assert) =>
  open(assert, "typical", { javaScriptEnabled: false }, async (page) => {
    assert.equal(await search(page).count(), 0);
    await page.getByRole("link", { name: "1/3 mismatch" }).click();
    await page.locator(":target summary").first().click();
    await page.getByText("185 times what is allowed there").waitFor();
    assert.equal(await plots(page).count(), 2);
  }));

test("words and verdicts narrow it down", (assert) =>
  open(assert, "typical", {}, async (page) => {
    assert.equal(await status(page).textContent(), "27 cells");
    await search(page).fill("EMBED tfjs");
    assert.equal(await status(page).textContent(), "3 of 27 cells");
    assert.equal(await rows(page).count(), 1);
    assert.equal(await groups(page).count(), 1);
    await search(page).fill("");
    await page.getByRole("combobox", { name: "Show" }).selectOption("what differs");
    assert.equal(await status(page).textContent(), "3 of 27 cells");
    assert.equal(await groups(page).count(), 3);
    await search(page).fill("no such word");
    assert.equal(await status(page).textContent(), "0 of 27 cells");
    assert.equal(await rows(page).count(), 0);
  }));

test("columns sort, worst first, and turn around", (assert) =>
  open(assert, "typical", {}, async (page) => {
    const column = page.getByRole("columnheader", { name: "serving_default" });
    const first = async () => (await rows(page).first().innerText()).split(/\s/)[0];
    assert.equal(await first(), "tensorflow-python");
    await column.getByRole("button").click();
    assert.equal(await column.getAttribute("aria-sort"), "ascending");
    assert.equal(await first(), "tfjs-chromium/webgl");
    assert.match(await groups(page).first().innerText(), /tfjs-chromium\/webgl/);
    await column.getByRole("button").press("Enter");
    assert.equal(await column.getAttribute("aria-sort"), "descending");
    assert.equal(await first(), "tensorflow-python");
    await page.getByRole("columnheader", { name: "runtime" }).first().getByRole("button").click();
    assert.equal(await first(), "litert-python");
    assert.equal(await page.locator("[aria-sort]").count(), 1);
  }));

test("a needle among thousands is found", (assert) =>
  open(assert, "large", {}, async (page) => {
    assert.equal(await status(page).textContent(), "4000 cells");
    await search(page).fill("needle");
    assert.equal(await status(page).textContent(), "1 of 4000 cells");
    assert.equal(await groups(page).count(), 1);
  }));

test("among thousands of models one is found, and what differs", (assert) =>
  open(assert, "models", {}, async (page) => {
    // Whether each of thousands is visible is asked at length: what is not in view is laid out for it.
    const shown = page.locator(".matrix tbody tr:not([hidden])");
    assert.equal(await status(page).textContent(), "5000 models");
    // It matches everywhere, and has no figures on the page.
    await search(page).fill("model-4321");
    assert.equal(await status(page).textContent(), "1 of 5000 models");
    assert.equal(await shown.count(), 1);
    await search(page).fill("");
    await page.getByRole("combobox", { name: "Show" }).selectOption("what differs");
    assert.equal(await status(page).textContent(), "500 of 5000 models");
    const column = page.getByRole("columnheader", { name: "tfjs-chromium" });
    await column.getByRole("button").click();
    assert.match(await shown.first().innerText(), /1\/2 mismatch/);
    await shown.first().getByRole("link", { name: "1/2 mismatch" }).click();
    await page.locator(":target summary").first().waitFor();
  }));

test("names and messages stay what they are: text", (assert) =>
  open(assert, "hostile", {}, async (page) => {
    assert.equal(await page.title(), "FAILED: 6 cells - hostile - modelparity");
    assert.equal(await page.locator("main img, main script").count(), 0);
    await search(page).fill("</title></style>");
    assert.equal(await status(page).textContent(), "1 of 6 cells");
  }));

for (const name of ["typical", "hostile", "some_models"]) {
  test(`a phone shows all of the ${name} page, without scrolling sideways`, (assert) =>
    open(assert, name, PHONE, async (page) => {
      assert.equal(await overflow(page), 0);
      await openAll(page);
      assert.equal(await overflow(page), 0);
      await picture(page, `report_${name}_phone`);
    }));
}

test("on paper it is light, and what differs is there whole", (assert) =>
  open(assert, "typical", { colorScheme: "dark" }, async (page) => {
    await page.emulateMedia({ media: "print" });
    assert.ok(await plots(page).first().isVisible());
    assert.equal(await plots(page).count(), 2);
    assert.ok(!(await search(page).isVisible()));
    const ink = await page.evaluate(() => getComputedStyle(document.body).color);
    assert.equal(ink, "rgb(28, 31, 38)");
    await picture(page, "report_print");
  }));
