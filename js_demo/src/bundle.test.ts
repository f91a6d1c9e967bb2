import { Bundle } from "./bundle.ts";
import {
  ArtifactInvalidError,
  BundleInvalidError,
  ChecksumMismatchError,
  FileMissingError,
} from "./errors.ts";
import { bundleOf, caseBytes, MemorySource } from "./testing/bundles.ts";
import { test } from "./testing/test.ts";

const CASE_PATH = "cases/serving_default/two.pb";
const FILES = { [CASE_PATH]: caseBytes() };

test("a bundle gives its manifest, files and cases", async (assert) => {
  const bundle = await Bundle.open(bundleOf(FILES));
  assert.equal(bundle.manifest.name, "half_plus_two");
  assert.equal(bundle.artifactsOf("frozen_graph").length, 1);
  assert.equal(bundle.artifactsOf("onnx").length, 0);
  assert.deepEqual(await bundle.read(CASE_PATH), new Uint8Array(FILES[CASE_PATH] as Uint8Array));
  const golden = await bundle.readCase(bundle.manifest.cases[0] as never);
  assert.deepEqual(golden.inputs.x?.data, Float32Array.of(1, -4));
  assert.deepEqual(golden.expected?.y?.data, Float32Array.of(2.5, 0));
});

test("a folder without a manifest is no bundle", (assert) =>
  assert.rejects(Bundle.open(new MemorySource([])), BundleInvalidError));

for (const [what, json] of [
  ["text that is not JSON", "{"],
  ["JSON that is no manifest", '{"signatures": 3}'],
] as const) {
  test(`${what} is no manifest`, (assert) => {
    const source = new MemorySource([["manifest.json", new TextEncoder().encode(json)]]);
    return assert.rejects(Bundle.open(source), BundleInvalidError);
  });
}

const WRONG_MANIFESTS = {
  "an unknown format version": { format_version: 2 },
  "a path that leads out of the bundle": { files: [{ path: "../secret", size: 0, sha256: "" }] },
  "an absolute path": { files: [{ path: "/etc/passwd", size: 0, sha256: "" }] },
  "a Windows path": { files: [{ path: "..\\secret", size: 0, sha256: "" }] },
  "an artifact of an unknown signature": {
    artifacts: [{ format: "onnx", path: "a", bindings: [{ signature: "none" }] }],
  },
  "a case of an unknown signature": { cases: [{ signature: "none", name: "a", path: "a" }] },
};
for (const [what, changes] of Object.entries(WRONG_MANIFESTS)) {
  test(`${what} is refused`, (assert) =>
    assert.rejects(Bundle.open(bundleOf(FILES, changes)), BundleInvalidError));
}

test("members of a newer manifest are left out", async (assert) => {
  const bundle = await Bundle.open(bundleOf(FILES, { comment: "new" } as never));
  assert.equal(bundle.manifest.formatVersion, 1);
});

test("a file that is listed and not there is missing", async (assert) => {
  const source = bundleOf(FILES);
  source.files.delete(CASE_PATH);
  await assert.rejects((await Bundle.open(source)).read(CASE_PATH), FileMissingError);
});

test("a file that is not listed is not read", async (assert) => {
  const source = bundleOf(FILES);
  source.files.set("extra", new Uint8Array());
  await assert.rejects((await Bundle.open(source)).read("extra"), BundleInvalidError);
});

test("a file of another size is refused", async (assert) => {
  const source = bundleOf(FILES);
  source.files.set(CASE_PATH, new Uint8Array(1));
  await assert.rejects((await Bundle.open(source)).read(CASE_PATH), ChecksumMismatchError);
});

test("a file with one other bit is refused", async (assert) => {
  const source = bundleOf(FILES);
  const bytes = source.files.get(CASE_PATH) as Uint8Array;
  bytes[0] = (bytes[0] as number) ^ 1;
  await assert.rejects((await Bundle.open(source)).read(CASE_PATH), ChecksumMismatchError);
});

test("a case that is another than the manifest says is refused", async (assert) => {
  const bundle = await Bundle.open(bundleOf({ [CASE_PATH]: caseBytes({ name: "three" }) }));
  await assert.rejects(bundle.readCase(bundle.manifest.cases[0] as never), BundleInvalidError);
});

test("a case that is no case, or asks nothing, is invalid", async (assert) => {
  for (const bytes of [Uint8Array.of(255), caseBytes({ request: undefined as never })]) {
    const bundle = await Bundle.open(bundleOf({ [CASE_PATH]: bytes }));
    await assert.rejects(bundle.readCase(bundle.manifest.cases[0] as never), ArtifactInvalidError);
  }
});
