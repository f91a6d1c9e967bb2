// Bundles for browsers: one file for each entry, shared and lazily loaded parts beside it, and the
// files that engines load.

import { parse, resolve } from "node:path";
import { build } from "vite";

import { BROWSER_FILES, CONDITIONS, copyFiles } from "./engine_files.js";

/**
 * `entry` is a module, which becomes `name`.js and keeps its exports, or a page, whose path in
 * `output` is that within `root`.
 */
export async function buildForBrowsers(
  output,
  root,
  entry,
  { name = parse(entry).name, ...options } = {},
) {
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    root,
    base: "./",
    resolve: { conditions: [...CONDITIONS, "module", "browser"] },
    build: {
      target: "es2022",
      outDir: output,
      emptyOutDir: false,
      modulePreload: false,
      rolldownOptions: {
        input: { [name]: resolve(entry) },
        // Beside its own exports an entry may have others, for the parts that are loaded later: so
        // it is one file, and not one that asks for several more.
        preserveEntrySignatures: "allow-extension",
        output: {
          // Errors are told by the names of their classes.
          keepNames: true,
          entryFileNames: "[name].js",
          chunkFileNames: "[name].js",
          assetFileNames: "[name][extname]",
        },
      },
    },
    ...options,
  });
  copyFiles(BROWSER_FILES, output);
}
