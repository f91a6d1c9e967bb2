import { BundleInvalidError } from "../errors.ts";
import { test } from "../testing/test.ts";
import { FilesSource } from "./files.ts";

/** Folders are objects, files are texts. */
interface Tree {
  readonly [name: string]: string | Tree;
}

function entryOf(name: string, content: string | Tree): FileSystemEntry {
  if (typeof content === "string") {
    const file = (resolve: (file: File) => void) => resolve(new File([content], name));
    return { name, isDirectory: false, file } as unknown as FileSystemEntry;
  }
  const createReader = () => {
    const batches = Object.entries(content).map(([name, inner]) => [entryOf(name, inner)]);
    const readEntries = (resolve: (entries: FileSystemEntry[]) => void) =>
      resolve(batches.shift() ?? []);
    return { readEntries };
  };
  return { name, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

function dropped(tree: Tree): DataTransfer {
  const items = Object.entries(tree).map(([name, content]) => ({
    webkitGetAsEntry: () => entryOf(name, content),
  }));
  return { items } as unknown as DataTransfer;
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}

test("a dropped folder gives its files, those of folders within it too", async (assert) => {
  const source = await FilesSource.fromDrop(
    dropped({ "a.bundle": { "manifest.json": "{}", onnx: { x: { y: "deep" }, z: "z" } } }),
  );
  assert.equal(source.name, "a.bundle");
  assert.equal(textOf(await source.read("manifest.json")), "{}");
  assert.equal(textOf(await source.read("onnx/x/y")), "deep");
  assert.equal(textOf(await source.read("onnx/z")), "z");
  assert.equal(await source.read("onnx"), undefined);
});

test("what is dropped has to be one folder", async (assert) => {
  for (const tree of [{}, { "model.onnx": "x" }, { a: {}, b: {} }]) {
    await assert.rejects(FilesSource.fromDrop(dropped(tree)), BundleInvalidError);
  }
});

test("a folder that is no bundle's is not read to its end", async (assert) => {
  let deep: Tree = {};
  for (let level = 0; level < 100; level++) deep = { inner: deep };
  await assert.rejects(FilesSource.fromDrop(dropped({ deep })), BundleInvalidError);
  const many = Object.fromEntries(Array.from({ length: 20_002 }, (_, i) => [`${i}`, "x"]));
  await assert.rejects(FilesSource.fromDrop(dropped({ home: many })), BundleInvalidError);
});

test("a chosen folder gives its files by their paths within it", async (assert) => {
  const file = (path: string, text: string) =>
    Object.defineProperty(new File([text], path), "webkitRelativePath", { value: path });
  const source = FilesSource.fromInput([file("a/manifest.json", "{}"), file("a/onnx/z", "z")]);
  assert.equal(source.name, "a");
  assert.equal(textOf(await source.read("manifest.json")), "{}");
  assert.equal(textOf(await source.read("onnx/z")), "z");
});

test("a large file is read whole, with progress, and not far beyond what is expected", async (assert) => {
  const content = Uint8Array.from({ length: 2 ** 21 + 5 }, (_, index) => index % 251);
  const source = new FilesSource("a", new Map([["weights", new File([content], "weights")]]));
  const told: number[] = [];
  const progress = (bytes: number) => told.push(bytes);
  assert.deepEqual(await source.read("weights", { size: content.length, progress }), content);
  assert.deepEqual(told, [2 ** 20, 2 ** 21, content.length]);
  assert.equal((await source.read("weights", { size: 10 }))?.length, 11);
  assert.deepEqual(await source.read("weights"), content);
});
