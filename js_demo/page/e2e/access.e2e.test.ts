// The page for everybody: by keyboard, on a phone, in the dark, with a screen reader.

import type { Page } from "playwright-core";

import { test } from "../../src/testing/test.ts";
import { violations } from "../testing/axe.ts";
import { DIGITS } from "../testing/digits.ts";
import {
  agreed,
  boxOf,
  digitsRead,
  draw,
  ENGINES,
  modelNamed,
  openExample,
  pad,
  placed,
  runCases,
  summary,
} from "../testing/people.ts";
import { picture, visit } from "../testing/visit.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** Presses Tab until what is focused has this name. */
async function tabTo(page: Page, name: RegExp) {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      const labels = (activeElement as HTMLInputElement | null)?.labels ?? [];
      const words = [activeElement?.getAttribute("aria-label"), activeElement?.textContent];
      return [...words, ...[...labels].map((label) => label.textContent)].join(" ").trim();
    });
    if (name.test(focused)) return;
  }
  throw new Error(`${name}: not reached with Tab`);
}

test("everything can be done with keys alone", (assert) =>
  visit(assert, {}, async (page) => {
    await modelNamed(page, "digits_cnn").waitFor();
    await page.keyboard.press("Tab");
    assert.ok(await page.getByRole("link", { name: "Skip to the model" }).isVisible());
    await page.keyboard.press("Enter");
    await tabTo(page, /^Drawing area/);
    const press = async (key: string, times: number) => {
      for (let count = 0; count < times; count++) await page.keyboard.press(key);
    };
    // A one, from the top downwards.
    await press("Space", 1);
    await press("ArrowDown", 8);
    await press("Space", 1);
    assert.equal(await pad(page).locator("polyline").count(), 1);
    assert.deepEqual(await digitsRead(page), Array(ENGINES).fill("1"));
    await picture(page, "keyboard");
    await press("Backspace", 1);
    assert.equal(await pad(page).locator("polyline").count(), 0);
    await tabTo(page, /^Run \d+ cases/);
    await page.keyboard.press("Enter");
    await summary(page)
      .getByText(/^all \d+ answers match$/)
      .waitFor();
    await tabTo(page, /^match/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("dialog").count(), 0);
  }));

test("what is focused can be seen", (assert) =>
  visit(assert, {}, async (page) => {
    await modelNamed(page, "digits_cnn").waitFor();
    const unseen = [];
    for (let presses = 0; presses < 25; presses++) {
      await page.keyboard.press("Tab");
      unseen.push(
        await page.evaluate(() => {
          const { activeElement } = document;
          const shown = [activeElement, activeElement?.nextElementSibling].some(
            (element) => element && getComputedStyle(element).outlineStyle !== "none",
          );
          return shown || activeElement === document.body ? "" : activeElement?.outerHTML;
        }),
      );
    }
    assert.deepEqual(unseen.filter(Boolean), []);
  }));

test("a phone shows all of it, without scrolling sideways", (assert) =>
  visit(assert, PHONE, async (page) => {
    const overflow = () =>
      page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
    await modelNamed(page, "digits_cnn").waitFor();
    assert.equal(await overflow(), 0);
    await pad(page).scrollIntoViewIfNeeded();
    const box = await boxOf(pad(page));
    const devtools = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: [number, number][]) =>
      devtools.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: points.map(([x, y]) => ({ x, y })),
      });
    const [first, ...others] = DIGITS[0]?.[0] ?? [];
    if (first) await touch("touchStart", [placed(first, box)]);
    for (const point of others) await touch("touchMove", [placed(point, box)]);
    await touch("touchEnd", []);
    assert.deepEqual(await digitsRead(page), Array(ENGINES).fill("0"));
    await runCases(page);
    assert.equal(await overflow(), 0);
    await picture(page, "phone");
    await page.locator("td button").first().tap();
    await page.getByRole("img", { name: /^Plot of errors/ }).waitFor();
    assert.equal(await overflow(), 0);
    await picture(page, "phone_details", "view");
  }));

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe has nothing to say of the ${colorScheme} page`, (assert) =>
    visit(assert, { colorScheme }, async (page) => {
      await modelNamed(page, "digits_cnn").waitFor();
      assert.deepEqual(await violations(page), []);
      await draw(page, DIGITS[2] ?? []);
      await agreed(page);
      await runCases(page);
      assert.deepEqual(await violations(page), []);
      await picture(page, colorScheme);
      await page.locator("td button").first().click();
      await page.getByRole("img", { name: /^Plot of errors/ }).waitFor();
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press("Escape");
      await openExample(page, "multiple signatures");
      await page.getByRole("textbox").last().fill("wrong");
      assert.deepEqual(await violations(page), []);
    }));
}

test("a person's choice of light or dark stays", (assert) =>
  visit(assert, { colorScheme: "light" }, async (page) => {
    const paper = () =>
      page.evaluate(() => getComputedStyle(document.body.parentElement as Element).backgroundColor);
    const light = await paper();
    const toggle = page.getByRole("button", { name: "Dark" });
    await toggle.click();
    const dark = await paper();
    assert.ok(light !== dark, dark);
    await page.reload();
    await modelNamed(page, "digits_cnn").waitFor();
    assert.equal(await paper(), dark);
    await toggle.click();
    assert.equal(await paper(), light);
  }));
