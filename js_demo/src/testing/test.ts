// Node's test runner, with a guard: a test that asserts nothing fails, and a promise of an
// assertion that nobody awaited is awaited here.
//
//   test("one and one is two", (assert) => assert.equal(1 + 1, 2));

import { strict } from "node:assert";
import { test as nodeTest } from "node:test";

type Kind = Error | (new (message: string) => Error);

/** The part of node:assert that tests use. */
export interface Assert {
  deepEqual(got: unknown, wanted: unknown, message?: string): void;
  equal(got: unknown, wanted: unknown, message?: string): void;
  match(got: string, wanted: RegExp): void;
  ok(got: unknown, message?: string): void;
  rejects(got: Promise<unknown>, wanted: Kind): Promise<void>;
  throws(got: () => unknown, wanted: Kind): void;
}

export function test(name: string, body: (assert: Assert) => unknown) {
  nodeTest(name, async () => {
    const results: unknown[] = [];
    const counting = new Proxy(strict as unknown as Assert, {
      get: (target, key) => {
        const method = target[key as keyof Assert] as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const result = method(...args);
          results.push(result);
          return result;
        };
      },
    });
    await body(counting);
    strict.ok(results.length > 0, "the test asserted nothing");
    await Promise.all(results);
  });
}
