// Loads a bundle and runs its golden cases, as a program of your own would.
//
//   node run_bundle.mjs digits.bundle

import { load, type Tensor } from "../src/node.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node run_bundle.mjs BUNDLE");
  process.exit(2);
}

const model = await load(folder);
for (const { name, inputs, outputs } of model.describe()) {
  console.log(
    `${name}: [${inputs.map((input) => input.name)}] -> [${outputs.map((output) => output.name)}]`,
  );
}

for (const caseFile of model.bundle.manifest.cases) {
  const { signature, name, inputs, expected } = await model.bundle.readCase(caseFile);
  const outputs = await model.run(signature, inputs);
  for (const [output, tensor] of Object.entries(outputs)) {
    const error = maxError(tensor, expected?.[output]);
    console.log(
      `${model.runtime} ${signature}/${name} ${output}: ${tensor.dtype} [${tensor.shape}], max error ${error}`,
    );
  }
}
await model.close();

function maxError(got: Tensor, wanted: Tensor | undefined): number {
  if (wanted?.dtype !== got.dtype || wanted.data.length !== got.data.length) return Number.NaN;
  const numbers = wanted.data as ArrayLike<unknown>;
  return Array.from(got.data as ArrayLike<unknown>).reduce<number>((worst, value, index) => {
    // NaN agrees with NaN, and an infinity with itself.
    const isSame = Object.is(value, numbers[index]);
    return isSame ? worst : Math.max(worst, Math.abs(Number(value) - Number(numbers[index])));
  }, 0);
}
