// Which outputs are probabilities, and of what.

import { tensor } from "../../src/tensors.ts";
import { test } from "../../src/testing/test.ts";
import { bestOf, classShares } from "./classes.ts";

test("probabilities stay as they are", (assert) => {
  assert.deepEqual(classShares(tensor("float32", [1, 3], [0.25, 0.5, 0.25])), [0.25, 0.5, 0.25]);
  assert.equal(bestOf([0.25, 0.5, 0.25]), 1);
});

test("scores become probabilities", (assert) => {
  const shares = classShares(tensor("float32", [1, 2], [1000, 1000 + Math.fround(Math.log(3))]));
  assert.deepEqual(
    shares?.map((share) => share.toFixed(3)),
    ["0.250", "0.750"],
  );
});

test("other outputs have none", (assert) => {
  for (const other of [
    tensor("float32", [2, 2], [0, 1, 1, 0]),
    tensor("float32", [2, 1], [0, 1]),
    tensor("float32", [1, 1], [0.5]),
    tensor("int32", [1, 2], [0, 1]),
    tensor("float32", [1, 21], Array(21).fill(0)),
  ]) {
    assert.equal(classShares(other), undefined, `${other.dtype} [${other.shape}]`);
  }
});
