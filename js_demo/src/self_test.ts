// What a model answers to the golden cases of its bundle, on this machine.
//
//   const { ok, summary } = await selfTest(model);
//   if (!ok) refuseToStart(summary);

import { breath } from "./breath.ts";
import { compareOutputs, type Judgement } from "./comparison.ts";
import type { CaseFile } from "./contract/generated.ts";
import {
  ArtifactInvalidError,
  ArtifactTooLargeError,
  BundleInvalidError,
  ChecksumMismatchError,
  FileMissingError,
  ModelParityError,
  oneLine,
  SignatureNotFoundError,
  UnsupportedError,
} from "./errors.ts";
import type { Model } from "./model.ts";
import unaskedByName from "./unasked.json" with { type: "json" };

/** What each means is said in report.proto. */
export type Verdict = Judgement["verdict"] | "unsupported" | "load_failed" | "run_failed";

export interface CaseResult {
  readonly signature: string;
  readonly name: string;
  readonly verdict: Verdict;
  /** Empty for a match, else why, in one line. */
  readonly message: string;
  /** By name. Empty: there is no answer to compare. */
  readonly outputs: Judgement["outputs"];
  /** The call, with the loading of the artifact when it is the first. 0: there was none. */
  readonly seconds: number;
}

export interface SelfTest {
  /** By signature, then in the order of the manifest. */
  readonly cases: readonly CaseResult[];
  /** Signatures that nothing can be said of: they have no case, or no output. */
  readonly unverified: readonly string[];
  /** Made-up cases that were not run, as "signature/case", since what they ask is no promise of the engine. */
  readonly unasked: readonly string[];
  /** At least one case, and every one matches. */
  readonly ok: boolean;
  /** One line: how many cases match, the first that does not, and the signatures without any. */
  readonly summary: string;
}

export interface SelfTestOptions {
  /** Called after each case. */
  readonly onCase?: (result: CaseResult) => void;
}

/** A signature without an artifact in the model's format is not found. */
const UNSUPPORTED = [UnsupportedError, SignatureNotFoundError];
const LOAD_FAILED = [
  BundleInvalidError,
  FileMissingError,
  ChecksumMismatchError,
  ArtifactInvalidError,
  ArtifactTooLargeError,
];

/** Runs every golden case. Whatever goes wrong with one is its verdict. */
export async function selfTest(model: Model, { onCase }: SelfTestOptions = {}): Promise<SelfTest> {
  const cases: CaseResult[] = [];
  const unverified: string[] = [];
  const unasked: string[] = [];
  for (const { name, outputs } of model.describe()) {
    const files = model.bundle.manifest.cases.filter(({ signature }) => signature === name);
    // Of nothing and nothing one cannot say that they agree.
    if (files.length === 0 || outputs.length === 0) {
      unverified.push(name);
      continue;
    }
    for (const file of files) {
      const result = await runCase(model, file);
      if (result) {
        cases.push(result);
        onCase?.(result);
      } else {
        unasked.push(`${file.signature}/${file.name}`);
      }
      await breath();
    }
  }
  const summary = summaryOf(cases, unverified, unasked);
  return { cases, unverified, unasked, ok: isOk(cases), summary };
}

/** Undefined: the case is no question to the engine. */
async function runCase(model: Model, file: CaseFile): Promise<CaseResult | undefined> {
  const { signature, name } = file;
  try {
    const { inputs, expected, tolerances, isMadeUp } = await model.bundle.readCase(file);
    if (isMadeUp && isUnasked(name, model.runtime)) return undefined;
    if (!expected) {
      throw new UnsupportedError("the case has no answer to compare with; export the bundle again");
    }
    const start = performance.now();
    const got = await model.run(signature, inputs);
    const seconds = (performance.now() - start) / 1000;
    return { signature, name, ...compareOutputs(expected, got, tolerances), seconds };
  } catch (error) {
    const message = error instanceof ModelParityError ? error.message : oneLine(error);
    return { signature, name, verdict: verdictOf(error), message, outputs: [], seconds: 0 };
  }
}

function isUnasked(name: string, runtime: string): boolean {
  const probe = name.replace(/-vector$/, "");
  return Object.entries(unaskedByName).some(
    ([part, probes]) =>
      (runtime.startsWith(part) || runtime.endsWith(`/${part}`)) && probe in probes,
  );
}

function verdictOf(error: unknown): Verdict {
  const isOneOf = (kinds: readonly (new (message: string) => Error)[]) =>
    kinds.some((kind) => error instanceof kind);
  if (isOneOf(UNSUPPORTED)) return "unsupported";
  return isOneOf(LOAD_FAILED) ? "load_failed" : "run_failed";
}

function isOk(cases: readonly CaseResult[]): boolean {
  return cases.length > 0 && cases.every(matches);
}

function matches({ verdict }: CaseResult): boolean {
  return verdict === "match";
}

function summaryOf(
  cases: readonly CaseResult[],
  unverified: readonly string[],
  unasked: readonly string[],
): string {
  const failed = cases.find((result) => !matches(result));
  const parts = [
    cases.length === 0
      ? "there is no golden case to run; export the bundle with cases"
      : `${cases.filter(matches).length} of ${cases.length} cases match`,
  ];
  if (failed) {
    parts.push(`${failed.signature}/${failed.name}: ${failed.verdict}: ${failed.message}`);
  }
  for (const [what, names] of [
    ["not verified", unverified],
    ["no question to this engine", unasked],
  ] as const) {
    if (names.length > 0) parts.push(`${what}: ${names.map((name) => `'${name}'`).join(", ")}`);
  }
  return `self-test ${isOk(cases) ? "passed" : "failed"}: ${parts.join("; ")}`;
}
