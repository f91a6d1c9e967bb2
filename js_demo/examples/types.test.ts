import { spawnSync } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { withFolder } from "../src/testing/folder.ts";
import { test } from "../src/testing/test.ts";

const LIBRARY = join(process.env.START_FOLDER ?? "..", "js_demo/library");

const PROGRAM = `
import { browserEngines, type Model, type SelfTest, selfTest, UrlSource } from "./modelparity.js";
import { load, type Tensors, tensor } from "./node.mjs";

const model: Model = await load("digits.bundle");
const outputs: Tensors = await model.run("serving_default", { x: tensor("float32", [1], [2]) });
const result: SelfTest = await selfTest(model);
const source = new UrlSource("https://example.org/digits.bundle");

export const shapes: (readonly number[])[] = Object.values(outputs).map(({ shape }) => shape);
export const runtimes: string[] = browserEngines().map(({ runtime }) => runtime);
export const texts: string[] = [result.summary, source.name];
`;

/** What a strict compiler says of a program beside the library, which has its types only here. */
function compiled(program: string): Promise<string> {
  return withFolder(async (folder) => {
    const filter = (path: string) => !/\.(wasm|m?js)$/.test(path);
    await cp(LIBRARY, folder, { recursive: true, dereference: true, filter });
    await writeFile(join(folder, "program.mts"), program);
    const compiler = resolve("node_modules/typescript/bin/tsc");
    const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024"];
    const { stdout } = spawnSync(process.execPath, [compiler, ...options, "program.mts"], {
      cwd: folder,
      encoding: "utf8",
    });
    return stdout;
  });
}

test("a strict program of somebody else compiles against the library's types", async (assert) =>
  assert.equal(await compiled(PROGRAM), ""));

test("and one that is wrong does not", async (assert) =>
  assert.match(
    await compiled(`${PROGRAM}await model.run("serving_default", { x: 1 });`),
    /Type 'number' is not assignable to type 'Tensor'/,
  ));
