// The golden cases, live.

import { test } from "../../src/testing/test.ts";
import { ENGINES, openExample, runCases, summary } from "../testing/people.ts";
import { picture, visit } from "../testing/visit.ts";

test("every case agrees in every engine", (assert) =>
  visit(assert, {}, async (page) => {
    await runCases(page);
    assert.match((await summary(page).textContent()) ?? "", /^all \d+ answers match$/);
    const row = page.getByRole("row", { name: /^ten-digits/ });
    const cells = await row.getByRole("button").allTextContents();
    assert.ok(
      cells.length === ENGINES && cells.every((cell) => /^match \de-\d/.test(cell)),
      `${cells}`,
    );
    const columns = await page.getByRole("columnheader").allInnerTexts();
    assert.deepEqual(
      columns.map((name) => name.replace(/\s+/g, " ")),
      ["Case", "onnxruntime-web wasm-threads", "tfjs cpu", "tfjs wasm", "tfjs webgl", "litertjs"],
    );
  }));

test("a cell has all figures, and a plot with the same in words", (assert) =>
  visit(assert, {}, async (page) => {
    await runCases(page);
    const cell = page
      .getByRole("row", { name: /^ten-digits/ })
      .getByRole("button")
      .nth(3);
    await cell.click();
    const dialog = page.getByRole("dialog", { name: "ten-digits in tfjs/webgl" });
    const plot = dialog.getByRole("img", { name: /^Plot of errors: 100 elements, \d+ exact; / });
    await plot.waitFor();
    assert.ok((await plot.locator("circle").count()) > 20);
    const figures = await dialog.locator(".figures").innerText();
    for (const figure of [
      /tolerance\s+0\.00001 \+ 0\.0001 · \|expected\|/,
      /largest error\s+\de-\d/,
      /largest relative error\s+\de-\d/,
      /units of the last place\s+\d+/,
      /worst element\s+\[\d,\d\]/,
      /expected there\s+0\.\d+/,
      /got there\s+0\.\d+/,
    ]) {
      assert.match(figures, figure);
    }
    await picture(page, "case_details", "view");
    await page.keyboard.press("Escape");
    assert.equal(await dialog.count(), 0);
    assert.ok(await cell.evaluate((element) => element === document.activeElement));
  }));

test("what an engine cannot do is a verdict with its reason", (assert) =>
  visit(assert, { expected: /^ERROR: \[tensor_buffer/ }, async (page) => {
    await openExample(page, "dtypes");
    for (const engine of ["tfjs wasm", "tfjs webgl"]) await page.getByLabel(engine).uncheck();
    await runCases(page);
    assert.match(
      (await summary(page).textContent()) ?? "",
      /^\d+ answers: \d+ match, .*unsupported/,
    );
    const row = page.getByRole("row", { name: /^float64\/\s*values/ });
    await row.getByRole("button", { name: "unsupported" }).click();
    const dialog = page.getByRole("dialog");
    assert.match(await dialog.innerText(), /tfjs\/cpu lacks dtypes|float64/);
    await picture(page, "unsupported", "view");
  }));
