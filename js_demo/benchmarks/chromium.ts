// Measures the loader in Chromium, and prints JSON:
//
//   node chromium.mjs calls BUNDLE             as node.mjs
//   node chromium.mjs memory BUNDLE            as node.mjs, of the page's process and from a URL
//   node chromium.mjs first_answer BUNDLE LIBRARY
//                                              milliseconds from navigation to a first answer: with the
//                                              library, and with onnxruntime-web alone

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";

import { FolderServer } from "../src/server/folder_server.ts";
import { CHROMIUM, launchChromium } from "../src/testing/chromium.ts";
import { pagesOf, peak, startOfPeak } from "./memory.ts";

interface Answer {
  readonly milliseconds: number;
  readonly values: number[];
}

const ROUNDS = 15;

type Folders = Readonly<Record<"pages" | "bundle" | "library", string>>;

const MEASURES: Readonly<Record<string, (folders: Folders) => Promise<object>>> = {
  calls: (folders) =>
    withBrowser(folders, async (browser, origin) => {
      const page = await browser.newPage();
      await page.goto(`${origin}/pages/blank.html`);
      return page.evaluate(async () => {
        const url = "/pages/page.js";
        const { calls } = await import(/* @vite-ignore */ url);
        return calls("/bundle/");
      });
    }),

  memory: loadingMemory,

  first_answer: (folders) => withBrowser(folders, firstAnswers),
};

async function withBrowser(
  folders: Folders,
  body: (browser: Browser, origin: string) => Promise<object>,
): Promise<object> {
  const server = await FolderServer.start(folders);
  const browser = await launchChromium();
  try {
    return await body(browser, server.origin);
  } finally {
    await browser.close();
    server.close();
  }
}

async function firstAnswers(browser: Browser, origin: string) {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = -1; round < ROUNDS; round++) {
    const answers: Record<string, Answer> = {};
    // Each goes first in every second round.
    for (const name of round % 2 === 0 ? ["ours", "plain"] : ["plain", "ours"]) {
      answers[name] = await firstAnswer(browser, `${origin}/pages/${name}.html`);
    }
    const [our, plain] = [answers.ours as Answer, answers.plain as Answer];
    if (`${our.values}` !== `${plain.values}`) {
      throw new Error(`answers differ: loader ${our.values}, plain ${plain.values}`);
    }
    if (round < 0) continue;
    ours.push(our.milliseconds);
    theirs.push(plain.milliseconds);
  }
  return { ours, theirs };
}

/** In a context of its own, which shares no cache with any other. */
async function firstAnswer(browser: Browser, url: string): Promise<Answer> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  const answer = await page.waitForFunction(() => (window as { answer?: Answer }).answer);
  const value = (await answer.jsonValue()) as Answer;
  await context.close();
  return value;
}

/**
 * Without Playwright: whoever listens to a page's network makes Chromium keep what the page was
 * sent.
 */
async function loadingMemory(folders: Folders): Promise<object> {
  const profile = await mkdtemp(join(tmpdir(), "modelparity-chromium-"));
  const before = new Map<number, number>();
  const ended = Promise.withResolvers<object>();
  const server = await FolderServer.start(folders, ({ searchParams }) => {
    if (searchParams.has("begin")) {
      for (const id of pagesOf(profile)) before.set(id, startOfPeak(id));
    }
    if (!searchParams.has("end")) return;
    // Chromium may have a page in reserve, which does not grow.
    const growths = [...before].map(([id, bytes]) => peak(id) - bytes);
    ended.resolve({ growth: Math.max(...growths), size: Number(searchParams.get("end")) });
  });
  const url = `${server.origin}/pages/memory.html`;
  const flags = ["--headless", "--no-sandbox", "--no-first-run", `--user-data-dir=${profile}`];
  const chromium = spawn(CHROMIUM, [...flags, url], { stdio: "ignore" });
  const exited = once(chromium, "exit");
  try {
    const early = exited.then(() => Promise.reject(new Error("Chromium ended early")));
    return await Promise.race([ended.promise, early]);
  } finally {
    chromium.kill();
    await exited;
    server.close();
    await rm(profile, { recursive: true, force: true });
  }
}

const [name = "", bundle = "", library = ""] = process.argv.slice(2);
const measure = MEASURES[name];
if (!measure) throw new Error(`got '${name}', wanted one of [${Object.keys(MEASURES)}]`);
const pages = join(import.meta.dirname, "pages");
console.log(JSON.stringify(await measure({ pages, bundle, library })));
