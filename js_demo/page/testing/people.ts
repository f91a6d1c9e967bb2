// What people do on the page.

import type { Locator, Page } from "playwright-core";

import type { Point, Stroke } from "../play/drawing.ts";

/** Those that run the examples in Chromium without a graphics card. */
export const ENGINES = 5;

export const pad = (page: Page) => page.getByRole("application", { name: "Drawing area" });
export const agreement = (page: Page) => page.locator(".agreement");
export const summary = (page: Page) => page.locator(".parity-run").getByRole("status");

export const modelNamed = (page: Page, name: string) =>
  page.getByRole("heading", { name, exact: true, level: 2 });

/** Until every engine has answered, and all give one answer. */
export async function agreed(page: Page) {
  await agreement(page)
    .getByText(/engines (agree to|give exactly)/)
    .waitFor();
}

export async function draw(page: Page, strokes: readonly Stroke[]) {
  await pad(page).scrollIntoViewIfNeeded();
  const box = await boxOf(pad(page));
  for (const [first, ...others] of strokes) {
    if (first) await page.mouse.move(...placed(first, box));
    await page.mouse.down();
    for (const point of others) await page.mouse.move(...placed(point, box));
    await page.mouse.up();
  }
}

export async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error(`${locator}: not on the page`);
  return box;
}

export function placed(
  [x, y]: Point,
  box: { x: number; y: number; width: number; height: number },
): [number, number] {
  return [box.x + x * box.width, box.y + y * box.height];
}

/** The digit in each engine's card. */
export async function digitsRead(page: Page): Promise<(string | null)[]> {
  await agreed(page);
  const cards = await page.locator(".classes b").all();
  return Promise.all(cards.map((card) => card.textContent()));
}

/** As the folder dialog does. */
export async function chooseFolder(page: Page, folder: string) {
  await page.getByLabel("Open your own bundle").setInputFiles(folder);
}

export async function openExample(page: Page, name: string) {
  await page.getByRole("button", { name }).click();
  await modelNamed(page, name.replaceAll(" ", "_")).waitFor();
}

/** Runs the golden cases to their end. */
export async function runCases(page: Page) {
  await page.getByRole("button", { name: /^Run \d+ cases? in/ }).click();
  await summary(page)
    .getByText(/answers/)
    .waitFor();
}

/** A folder dropped on the middle of the window, as the browser's own drag and drop tells it. */
export async function dropFolder(page: Page, folder: string) {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data });
  }
}
