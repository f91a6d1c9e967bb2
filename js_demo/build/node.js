// Bundles for Node: each entry becomes one file that needs nothing but Node and the files of
// engines beside it.

import { basename } from "node:path";
import { build } from "vite";

import { CONDITIONS, copyFiles, NODE_FILES } from "./engine_files.js";

/** `external` packages are not bundled: they have to lie beside the program. */
export async function bundle(output, entries, external = []) {
  for (const entry of entries) {
    await build({
      configFile: false,
      logLevel: "warn",
      publicDir: false,
      // TensorFlow.js looks for its WebAssembly beside the file that it is bundled in.
      define: { __dirname: "import.meta.dirname" },
      build: {
        ssr: true,
        target: "node24",
        outDir: output,
        emptyOutDir: false,
        rolldownOptions: {
          input: entry,
          output: { entryFileNames: `${basename(entry, ".ts")}.mjs`, codeSplitting: false },
        },
      },
      ssr: {
        noExternal: true,
        external,
        resolve: { conditions: [...CONDITIONS, "module", "node"] },
      },
    });
  }
  copyFiles(NODE_FILES, output);
}
