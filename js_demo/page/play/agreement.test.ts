// What is said of several engines' answers.

import { tensor } from "../../src/tensors.ts";
import { test } from "../../src/testing/test.ts";
import { agreementText } from "./agreement.ts";

const answer = (...values: number[]) => ({ y: tensor("float32", [values.length], values) });

test("engines agree, exactly or nearly", (assert) => {
  assert.equal(agreementText([]), "");
  assert.equal(agreementText([answer(1)]), "answered by 1 engine");
  assert.equal(agreementText([answer(1, 2), answer(1, 2)]), "2 engines give exactly the same");
  assert.equal(
    agreementText([answer(1), answer(1 + 2 ** -20), answer(1)]),
    "3 engines agree to 1e-6",
  );
});

test("engines that differ are counted, with the first reason", (assert) => {
  assert.match(
    agreementText([answer(1), answer(1), answer(2)]),
    /^1 engine differs: output 'y'.*got 2, wants 1/,
  );
  assert.match(agreementText([answer(1), answer(2), answer(3)]), /^2 engines differ: /);
});
