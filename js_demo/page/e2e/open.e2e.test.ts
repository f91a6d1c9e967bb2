// Ways to a bundle.

import { join } from "node:path";

import { test } from "../../src/testing/test.ts";
import { withCopy } from "../testing/bundle_copies.ts";
import {
  agreed,
  chooseFolder,
  dropFolder,
  ENGINES,
  modelNamed,
  openExample,
  runCases,
  summary,
} from "../testing/people.ts";
import { bundleFolder, visit } from "../testing/visit.ts";

test("the first example is open, and others are a click away", (assert) =>
  visit(assert, {}, async (page) => {
    await modelNamed(page, "digits_cnn").waitFor();
    await openExample(page, "multiple signatures");
    await page.getByText("Signatures and versions").click();
    assert.match(
      await page.locator(".about dl").innerText(),
      /my_custom_signature\s+input_a: float32 \[\?\], input_b: float32 \[\?\] → sum/,
    );
    assert.match(
      await page.locator(".about").innerText(),
      /reference_models.multiple_signatures:build/,
    );
  }));

test("a folder can be chosen", (assert) =>
  withCopy("linear_regression", (folder) =>
    visit(assert, {}, async (page) => {
      await chooseFolder(page, folder);
      await modelNamed(page, "linear_regression").waitFor();
      await page.getByRole("button", { name: /^Run in/ }).click();
      await agreed(page);
      assert.equal(await page.locator(".output pre").count(), ENGINES);
    }),
  ));

test("a folder that is chosen before the examples are listed stays open", (assert) =>
  withCopy("linear_regression", (folder) =>
    visit(assert, {}, async (page) => {
      const listing = Promise.withResolvers<void>();
      await page.route("**/examples/index.json", async (route) => {
        await listing.promise;
        await route.continue();
      });
      await page.reload();
      await chooseFolder(page, folder);
      await modelNamed(page, "linear_regression").waitFor();
      listing.resolve();
      await page.getByRole("button", { name: "digits cnn" }).waitFor();
      await page.waitForLoadState("networkidle");
      assert.ok(await modelNamed(page, "linear_regression").isVisible());
    }),
  ));

test("a folder can be dropped", (assert) =>
  withCopy("linear_regression", (folder) =>
    visit(assert, {}, async (page) => {
      await modelNamed(page, "digits_cnn").waitFor();
      await dropFolder(page, folder);
      await modelNamed(page, "linear_regression").waitFor();
      await runCases(page);
      assert.match((await summary(page).textContent()) ?? "", /^all \d+ answers match$/);
    }),
  ));

test("a file that is dropped is no bundle", (assert) =>
  visit(assert, {}, async (page) => {
    await modelNamed(page, "digits_cnn").waitFor();
    await dropFolder(page, join(bundleFolder("lstm"), "manifest.json"));
    await page
      .getByText("dropped: got manifest.json, wanted one folder; drop a bundle's folder")
      .waitFor();
    assert.ok(await modelNamed(page, "digits_cnn").isVisible());
  }));

test("an address opens a bundle on this server, and on no other", (assert) =>
  visit(assert, {}, async (page) => {
    const address = page.getByLabel("or its address on this server");
    await address.fill("https://models.example/x.bundle");
    await address.press("Enter");
    const alert = page.locator(".address .error");
    assert.match(await alert.innerText(), /another server, and this page reads from http:.* only/);
    await address.fill("examples/lstm.bundle");
    await address.press("Enter");
    await modelNamed(page, "lstm").waitFor();
    assert.equal(await alert.textContent(), "");
  }));

test("an address in the page's own address is opened at once", (assert) =>
  visit(assert, {}, async (page) => {
    await modelNamed(page, "digits_cnn").waitFor();
    await page.goto(`${page.url()}#examples/lstm.bundle`);
    await page.reload();
    await modelNamed(page, "lstm").waitFor();
    assert.equal(await page.locator('[aria-pressed="true"] b').textContent(), "lstm");
  }));
