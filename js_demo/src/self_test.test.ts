import type { Case } from "./contract/generated.ts";
import type { Draft } from "./contract/messages.ts";
import type { Engine } from "./engine.ts";
import { ArtifactInvalidError, RunFailedError, UnsupportedError } from "./errors.ts";
import { load } from "./model.ts";
import { type CaseResult, selfTest, type SelfTestOptions } from "./self_test.ts";
import { bundleOf, caseBytes, HALF_PLUS_TWO, type MemorySource } from "./testing/bundles.ts";
import { test } from "./testing/test.ts";

const GRAPH = "frozen_graph/serving_default.pb";
const CASE = "cases/serving_default/two.pb";

const FILES = { [CASE]: caseBytes(), [GRAPH]: Uint8Array.of(1) };

function bundleWith(golden: Draft<Case>): MemorySource {
  return bundleOf({ ...FILES, [CASE]: caseBytes(golden) });
}

/** The golden case wants 2.5 and 0. */
function answerOf(...values: number[]): Draft<Case> {
  return {
    expected: {
      outputs: [{ name: "y", datatype: "FP32", shape: [BigInt(values.length)] }],
      rawOutputContents: [new Uint8Array(Float32Array.from(values).buffer)],
    },
  };
}

/** y = x / 2 + 2. */
const ENGINE: Engine = {
  runtime: "fake",
  version: async () => "1",
  load: async () => ({
    async run(_call, { x }) {
      const data = (x?.data as Float32Array).map((value) => value / 2 + 2);
      return [{ dtype: "float32", shape: [data.length], data }];
    },
    close() {},
  }),
};

async function tested(source: MemorySource, engine = ENGINE, options?: SelfTestOptions) {
  const engines = [{ runtime: "fake", format: "frozen_graph", make: async () => engine }];
  return selfTest(await load(source, { engines }), options);
}

/** The result of the one case. */
async function resultOf(source: MemorySource, engine = ENGINE): Promise<CaseResult> {
  const { cases } = await tested(source, engine);
  return cases[0] as CaseResult;
}

const SERVING_DEFAULT = HALF_PLUS_TWO.signatures[0];
const OTHER = { ...SERVING_DEFAULT, name: "other" };

test("a healthy model passes", async (assert) => {
  const { cases, unverified, ok, summary } = await tested(bundleOf(FILES));
  assert.equal(summary, "self-test passed: 1 of 1 cases match");
  assert.deepEqual([ok, unverified, cases.length], [true, [], 1]);
  const { seconds, outputs, ...result } = cases[0] as CaseResult;
  const wanted = { signature: "serving_default", name: "two", verdict: "match", message: "" };
  assert.deepEqual(result, wanted);
  assert.equal(outputs[0]?.maxAbs, 0);
  assert.ok(seconds > 0);
});

test("another answer is a mismatch, and the summary says where", async (assert) => {
  const { cases, ok, summary } = await tested(bundleWith(answerOf(2.5, 1)));
  assert.equal(ok, false);
  assert.equal(cases[0]?.outputs[0]?.maxAbs, 1);
  assert.equal(
    summary,
    "self-test failed: 0 of 1 cases match; serving_default/two: mismatch: output 'y' at [1]: " +
      "got 0, wants 1 within 1e-05 + 0.0001 * |r|; 1 of 2 elements differ",
  );
});

test("a case may widen the tolerance", async (assert) => {
  const source = bundleWith({ ...answerOf(2.5, 1), tolerances: { y: { atol: 1 } } });
  assert.equal((await tested(source)).ok, true);
});

test("a case with a tolerance of NaN is refused", async (assert) => {
  const source = bundleWith({ tolerances: { y: { atol: NaN } } });
  assert.equal((await resultOf(source)).verdict, "load_failed");
});

test("another shape is a contract mismatch", async (assert) => {
  const { verdict, message } = await resultOf(bundleWith(answerOf(2.5)));
  assert.equal(verdict, "contract_mismatch");
  assert.equal(message, "output 'y': got float32 [2], wants float32 [1]");
});

test("a case without an answer is unsupported", async (assert) => {
  const { verdict, message } = await resultOf(bundleWith({ expected: null }));
  assert.equal(verdict, "unsupported");
  assert.match(message, /no answer to compare with/);
});

test("what an engine throws is the verdict of the case", async (assert) => {
  for (const [error, verdict, message] of [
    [new UnsupportedError("lacks Foo"), "unsupported", "lacks Foo"],
    [new ArtifactInvalidError("not a graph"), "load_failed", "not a graph"],
    [new RunFailedError("no memory"), "run_failed", "no memory"],
    [new TypeError("\nnot a function\nat x"), "run_failed", "not a function"],
  ] as const) {
    const engine = { ...ENGINE, load: () => Promise.reject(error) };
    const wanted = { signature: "serving_default", name: "two", verdict, message };
    assert.deepEqual(await resultOf(bundleOf(FILES), engine), {
      ...wanted,
      outputs: [],
      seconds: 0,
    });
  }
});

test("files that are missing or damaged are failed loads", async (assert) => {
  const [missing, damaged] = [bundleOf(FILES), bundleOf(FILES)];
  missing.files.delete(GRAPH);
  damaged.files.set(CASE, Uint8Array.of(0));
  for (const [source, path] of [
    [missing, GRAPH],
    [damaged, CASE],
  ] as const) {
    const { verdict, message } = await resultOf(source);
    assert.equal(verdict, "load_failed");
    assert.ok(message.startsWith(path), message);
  }
});

test("inputs that are not those of the signature are a failed run", async (assert) => {
  const { verdict, message } = await resultOf(bundleWith({ request: {} }));
  assert.equal(verdict, "run_failed");
  assert.match(message, /^input 'x': missing/);
});

const OTHER_CASE = { signature: "other", name: "two", path: CASE };

/** A bundle with a case of each name, and no two in one file. */
function withCases(names: readonly string[], golden: Draft<Case> = {}): MemorySource {
  const [first] = HALF_PLUS_TWO.cases;
  const cases = names.map((name) => ({ ...first, name, path: `cases/${name}.pb` }));
  const files = cases.map(({ name, path }) => [path, caseBytes({ ...golden, name })] as const);
  return bundleOf({ [GRAPH]: Uint8Array.of(1), ...Object.fromEntries(files) }, { cases });
}

test("a signature that no artifact of the format has is unsupported", async (assert) => {
  const files = { ...FILES, [CASE]: caseBytes({ signature: "other" }) };
  const signatures = [SERVING_DEFAULT, OTHER];
  const { verdict } = await resultOf(bundleOf(files, { signatures, cases: [OTHER_CASE] }));
  assert.equal(verdict, "unsupported");
});

test("no case is no success", async (assert) => {
  const { ok, cases, summary } = await tested(bundleOf({}, { cases: [] }));
  assert.deepEqual([ok, cases], [false, []]);
  assert.equal(
    summary,
    "self-test failed: there is no golden case to run; export the bundle with cases; " +
      "not verified: 'serving_default'",
  );
});

test("signatures without a case or an output are named", async (assert) => {
  const signatures = [{ ...OTHER, outputs: [] }, SERVING_DEFAULT, { ...OTHER, name: "third" }];
  const cases = [OTHER_CASE, ...HALF_PLUS_TWO.cases];
  const { ok, summary, unverified } = await tested(bundleOf(FILES, { signatures, cases }));
  assert.deepEqual([ok, unverified], [true, ["other", "third"]]);
  assert.equal(summary, "self-test passed: 1 of 1 cases match; not verified: 'other', 'third'");
});

test("what an engine does not promise is no question to it, unless a user asks", async (assert) => {
  const names = ["nan", "nan-vector", "negative"];
  const engine = { ...ENGINE, runtime: "tfjs-browser/webgl" };
  const madeUp = withCases(names, { seed: 0n });
  const { ok, summary, unasked } = await tested(madeUp, engine);
  assert.deepEqual([ok, unasked], [true, ["serving_default/nan", "serving_default/nan-vector"]]);
  assert.equal(
    summary,
    "self-test passed: 1 of 1 cases match; " +
      "no question to this engine: 'serving_default/nan', 'serving_default/nan-vector'",
  );
  const everywhere = [
    await tested(madeUp),
    await tested(withCases(names), engine),
    await tested(madeUp, { ...ENGINE, runtime: "litertjs-browser" }),
  ];
  for (const { cases } of everywhere) assert.equal(cases.length, 3);
});

test("each case is told when it has run, and the page gets its turn", async (assert) => {
  const events: string[] = [];
  const onCase = ({ name, verdict }: CaseResult) => {
    events.push(`${name} ${verdict}`);
    setTimeout(() => events.push("page"));
  };
  await tested(withCases(["first", "second"]), ENGINE, { onCase });
  assert.deepEqual(events, ["first match", "page", "second match", "page"]);
});
