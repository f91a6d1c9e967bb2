// Work on the newest request only.

import { test } from "../../src/testing/test.ts";
import { Newest } from "./newest.ts";

test("of those that come meanwhile, the last is worked on", async (assert) => {
  const done: number[] = [];
  const first = Promise.withResolvers<void>();
  const newest = new Newest<number>(async (request) => {
    if (request === 1) await first.promise;
    done.push(request);
  });
  const offers = [1, 2, 3].map((request) => newest.offer(request));
  first.resolve();
  await Promise.all(offers);
  assert.deepEqual(done, [1, 3]);
});

test("work that failed does not stop what comes next", async (assert) => {
  const done: number[] = [];
  const newest = new Newest<number>(async (request) => {
    if (request === 1) throw new Error("no");
    done.push(request);
  });
  await assert.rejects(newest.offer(1), new Error("no"));
  await newest.offer(2);
  assert.deepEqual(done, [2]);
});
