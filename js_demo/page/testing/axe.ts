// What axe finds wrong with a page's accessibility.

import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";

/** Rules that are broken, each with the elements that do so. */
export async function violations(page: Page): Promise<string[]> {
  // A button that fades to another colour has too little contrast on its way.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(await readFile("node_modules/axe-core/axe.min.js", "utf8"));
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const found = (await axe.run()).violations;
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}
