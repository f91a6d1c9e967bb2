// Drawing and editing, and what the engines make of it.

import { test } from "../../src/testing/test.ts";
import { DIGITS } from "../testing/digits.ts";
import {
  agreed,
  agreement,
  digitsRead,
  draw,
  ENGINES,
  openExample,
  pad,
} from "../testing/people.ts";
import { picture, visit } from "../testing/visit.ts";

test("digits are read while they are drawn, by every engine", (assert) =>
  visit(assert, {}, async (page) => {
    for (const digit of [3, 0, 1]) {
      await page.getByRole("button", { name: "Clear" }).click({ force: true });
      await draw(page, DIGITS[digit] ?? []);
      assert.deepEqual(await digitsRead(page), Array(ENGINES).fill(`${digit}`));
    }
    const times = await page.locator(".time").allTextContents();
    assert.ok(
      times.length === ENGINES && times.every((time) => /^[\d.]+ ms$/.test(time)),
      `${times}`,
    );
    const bars = await page.locator(".bars").first().getAttribute("aria-label");
    assert.match(bars ?? "", /^0: [\d.]+ %, 1: [\d.]+ %, .*, 9: [\d.]+ %$/);
    await picture(page, "drawn");
  }));

test("what was drawn can be taken back", (assert) =>
  visit(assert, {}, async (page) => {
    await draw(page, DIGITS[4] ?? []);
    assert.equal(await pad(page).locator("polyline").count(), 2);
    await page.getByRole("button", { name: "Undo" }).click();
    assert.equal(await pad(page).locator("polyline").count(), 1);
    await page.getByRole("button", { name: "Clear" }).click();
    assert.equal(await pad(page).locator("polyline").count(), 0);
    await agreement(page).getByText("Draw a digit").waitFor();
    assert.equal(await page.locator(".classes").count(), 0);
  }));

test("inputs are edited as text, and errors stand beside them", (assert) =>
  visit(assert, {}, async (page) => {
    await openExample(page, "linear regression");
    const field = page.getByRole("textbox", { name: /^x / });
    await field.fill("0, 0, 0");
    await field.press("Control+Enter");
    await agreed(page);
    const zero = await page.locator(".output pre").allTextContents();
    await field.fill("[[1, 2]]");
    const wrong =
      "input 'x': got float32 [1,2], signature 'serving_default' wants float32 [?,3]; reshape it";
    await page.locator(".input-field").getByText(wrong).waitFor();
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    assert.ok(await page.getByRole("button", { name: /^Run in/ }).isDisabled());
    await picture(page, "wrong_input");
    await field.fill("[[1, 2, 3], [0, 0, 0]]");
    await page.getByText("y float32 [2,1]").first().waitFor();
    await agreed(page);
    const [rows = ""] = await page.locator(".output pre").allTextContents();
    assert.deepEqual([zero.length, rows.split("\n")[1]], [ENGINES, zero[0]]);
  }));

test("every signature can be called, with inputs of any case", (assert) =>
  visit(assert, {}, async (page) => {
    await openExample(page, "multiple signatures");
    await page.getByRole("combobox", { name: "Signature" }).selectOption("serving_default");
    const field = page.getByRole("textbox", { name: /^x / });
    const before = await field.inputValue();
    await page.getByLabel("Inputs of the case").selectOption("ones");
    await page.waitForFunction(
      (text) => document.querySelector("textarea")?.value !== text,
      before,
    );
    await page.getByRole("button", { name: /^Run in/ }).click();
    await agreed(page);
    const text = await field.inputValue();
    const [tripled = ""] = await page.locator(".output pre").allTextContents();
    const ones = text.replace(/[[\]\s]/g, "").split(",");
    assert.deepEqual(
      tripled.split("  "),
      ones.map((one) => `${3 * Number(one)}`),
    );
  }));

test("strings are inputs too, and an engine without the format says why", (assert) =>
  visit(assert, {}, async (page) => {
    await openExample(page, "vocabulary lookup");
    await page.getByRole("button", { name: /^Run in/ }).click();
    await page.getByText("answered by 1 engine").waitFor();
    assert.match(
      await page.locator(".engine-cards li", { hasText: "tfjs webgl" }).innerText(),
      /no frozen_graph: .*LookupTableFindV2/,
    );
    assert.match(await page.locator(".output").innerText(), /ids int64 \[\d+\]/);
  }));

test("an engine can be left out", (assert) =>
  visit(assert, {}, async (page) => {
    await openExample(page, "linear regression");
    await page.getByLabel("tfjs webgl").uncheck();
    await page.getByLabel("tfjs cpu").uncheck();
    await page.getByRole("button", { name: `Run in ${ENGINES - 2} engines` }).click();
    await agreed(page);
    assert.equal(await page.locator(".output pre").count(), ENGINES - 2);
    await page.getByLabel("tfjs cpu").check();
    await page
      .locator(".output pre")
      .nth(ENGINES - 2)
      .waitFor();
  }));

test("without a network, what is loaded goes on, and what is not is said", (assert) =>
  visit(assert, { expected: /ERR_INTERNET_DISCONNECTED/ }, async (page) => {
    await draw(page, DIGITS[7] ?? []);
    await agreed(page);
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Clear" }).click();
    await draw(page, DIGITS[0] ?? []);
    assert.deepEqual(await digitsRead(page), Array(ENGINES).fill("0"));
    await page.getByRole("button", { name: "lstm" }).click();
    const alert = page.locator(".open-error");
    await alert.filter({ hasText: "manifest.json: cannot be fetched" }).waitFor();
    assert.deepEqual(await digitsRead(page), Array(ENGINES).fill("0"));
  }));
