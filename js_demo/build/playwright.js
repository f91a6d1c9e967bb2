// Playwright looks for files of its own package, so it cannot be bundled: it lies beside a program.

import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/** To be given as external to what bundles the program. */
export const PLAYWRIGHT = "playwright-core";

const UNUSED = ["types", "bin", join("lib", "vite"), join("lib", "tools")];

/** `folder` is the program's. */
export function copyPlaywright(folder) {
  const { resolve } = createRequire(import.meta.url);
  const source = dirname(resolve(`${PLAYWRIGHT}/package.json`));
  cpSync(source, join(folder, "node_modules", PLAYWRIGHT), {
    recursive: true,
    dereference: true,
    filter: (path) => !UNUSED.includes(relative(source, path)),
  });
}
