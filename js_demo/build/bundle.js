// Bundles each entry with Vite into one file that needs nothing but Node and the WebAssembly beside
// it.
//
//   node build/bundle.js OUTPUT_FOLDER ENTRY.ts...

import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build } from "vite";

const [output, ...entries] = process.argv.slice(2);

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
    ssr: { noExternal: true },
  });
}

const { resolve } = createRequire(import.meta.url);
const webAssembly = [
  resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"),
  join(dirname(resolve("@tensorflow/tfjs-backend-wasm")), "tfjs-backend-wasm-simd.wasm"),
];
for (const file of webAssembly) copyFileSync(file, join(output, basename(file)));
