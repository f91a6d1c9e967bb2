// Runs the fuzz targets over their corpora, and over mutations of these.
//
//   node build/fuzz.js CORPORA AMOUNT [KIND...]
//
// AMOUNT is a number of mutations, or a time for each kind: "60s".
//
// Each target works in a thread of its own, which is given up, with the name of the input, when it takes
// too long, and which has a limit to its memory. With =NUMBER for the amount, that mutation is written to
// standard output, to be looked at or to become a part of the corpus.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { mutation } from "./mutations.ts";
import { refused, TARGETS } from "./targets.ts";

const SECONDS_FOR_AN_INPUT = 20;
const HEAP_MIB = 1024;
/** More resident memory than after the corpus; what is outside of the heap counts, too. */
const MORE_MEMORY = 2 ** 30;

interface Task {
  readonly corpora: string;
  readonly amount: string;
  readonly kind: string;
}

function seedsOf(corpora: string, kind: string): Map<string, Uint8Array> {
  const names = readdirSync(join(corpora, kind)).sort();
  return new Map(names.map((name) => [name, readFileSync(join(corpora, kind, name))]));
}

async function work({ corpora, amount, kind }: Task) {
  const seeds = seedsOf(corpora, kind);
  const run = async (name: string, bytes: Uint8Array) => {
    parentPort?.postMessage(name);
    try {
      // A copy, since the reader may change it.
      await refused(() => TARGETS[kind]?.(new Uint8Array(bytes)) as Promise<void>);
    } catch (error) {
      throw new Error(`${kind}: ${name}: ${(error as Error).stack?.slice(0, 2000)}`);
    }
  };
  for (const [name, bytes] of seeds) await run(name, bytes);
  const before = process.memoryUsage.rss();
  const isTime = amount.endsWith("s");
  const end = performance.now() + Number.parseFloat(amount) * 1000;
  let number = 0;
  for (; isTime ? performance.now() < end : number < Number(amount); number++) {
    await run(`=${number}`, mutation([...seeds.values()], number));
    const more = process.memoryUsage.rss() - before;
    if (more > MORE_MEMORY) throw new Error(`${kind}: =${number}: ${more} bytes more of memory`);
  }
  console.log(`${kind}: ${seeds.size} files and ${number} mutations`);
}

/** Resolves to what is wrong, or to nothing. */
function watch(task: Task): Promise<string | undefined> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  let input = "the beginning";
  return new Promise((resolve) => {
    const giveUp = () => {
      resolve(`${task.kind}: ${input}: no end after ${SECONDS_FOR_AN_INPUT} s`);
      void worker.terminate();
    };
    let timer = setTimeout(giveUp, SECONDS_FOR_AN_INPUT * 1000);
    worker.on("message", (name: string) => {
      input = name;
      clearTimeout(timer);
      timer = setTimeout(giveUp, SECONDS_FOR_AN_INPUT * 1000);
    });
    worker.on("error", (error) => resolve(`${input}: ${(error as Error).message}`));
    worker.on("exit", (status) => {
      clearTimeout(timer);
      resolve(status === 0 ? undefined : `${task.kind}: ${input}: exit status ${status}`);
    });
  });
}

async function main(corpora = "", amount = "0", ...kinds: string[]) {
  if (amount.startsWith("=")) {
    const seeds = [...seedsOf(corpora, kinds[0] ?? "").values()];
    process.stdout.write(mutation(seeds, Number(amount.slice(1))));
    return;
  }
  for (const kind of kinds.length > 0 ? kinds : Object.keys(TARGETS)) {
    const wrong = await watch({ corpora, amount, kind });
    if (!wrong) continue;
    console.error(wrong);
    process.exitCode = 1;
  }
}

if (isMainThread) await main(...process.argv.slice(2));
else await work(workerData as Task);
