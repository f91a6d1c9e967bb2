// Bundles that are broken: what is wrong is said, and the page goes on.

import { rm } from "node:fs/promises";
import { join } from "node:path";

import { test } from "../../src/testing/test.ts";
import { change, truncate, withSpoilt } from "../testing/bundle_copies.ts";
import { agreed, chooseFolder, ENGINES, modelNamed, openExample } from "../testing/people.ts";
import { picture, visit } from "../testing/visit.ts";

for (const [what, spoil, message] of [
  [
    "a manifest that is cut off",
    (folder: string) => truncate(join(folder, "manifest.json")),
    /^linear_regression\.bundle: manifest\.json is not readable \(.*\); export the model again$/,
  ],
  [
    "no manifest",
    (folder: string) => rm(join(folder, "manifest.json")),
    /^linear_regression\.bundle: no manifest\.json; choose a folder that/,
  ],
] as const) {
  test(`${what} is said, and what was open stays`, (assert) =>
    withSpoilt("linear_regression", spoil, (folder) =>
      visit(assert, {}, async (page) => {
        await modelNamed(page, "digits_cnn").waitFor();
        await chooseFolder(page, folder);
        const alert = page.locator(".open-error");
        await alert.filter({ hasText: "manifest" }).waitFor();
        assert.match(await alert.innerText(), message);
        await picture(page, what.replaceAll(" ", "_"));
        assert.ok(await modelNamed(page, "digits_cnn").isVisible());
        await openExample(page, "lstm");
        assert.equal(await alert.textContent(), "");
      }),
    ));
}

test("a file that was changed fails where it is used, and only there", (assert) =>
  withSpoilt(
    "linear_regression",
    (folder) => change(join(folder, "onnx/serving_default.onnx")),
    (folder) =>
      visit(assert, {}, async (page) => {
        await chooseFolder(page, folder);
        await modelNamed(page, "linear_regression").waitFor();
        await page.getByRole("button", { name: /^Run in/ }).click();
        await agreed(page);
        const card = page.locator(".engine-cards li", { hasText: "onnxruntime-web wasm-threads" });
        assert.match(
          await card.innerText(),
          /onnx\/serving_default\.onnx: got SHA-256 .*, the manifest says .*; copy the bundle again/,
        );
        assert.equal(await page.locator(".output pre").count(), ENGINES - 1);
        await picture(page, "changed_file");
      }),
  ));

test("a case that is missing is said", (assert) =>
  withSpoilt(
    "linear_regression",
    (folder) => rm(join(folder, "cases/serving_default/zero.pb")),
    (folder) =>
      visit(assert, {}, async (page) => {
        await chooseFolder(page, folder);
        const message = "zero.pb: not in linear_regression.bundle; export the model again";
        await page.locator(".inputs .error").filter({ hasText: message }).waitFor();
        await page.getByRole("button", { name: /^Run \d+ cases/ }).click();
        const cell = page.getByRole("row", { name: /^zero load failed/ }).getByRole("button");
        await cell.first().click();
        await page.getByRole("dialog").getByText(message).waitFor();
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /^Run in/ }).click();
        await agreed(page);
        assert.equal(await page.locator(".output pre").count(), ENGINES);
      }),
  ));
