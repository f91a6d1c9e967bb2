// The runners in a real Chromium:
//
//   MODELPARITY_CHROMIUM=/usr/bin/chromium node chromium.mjs tfjs-chromium/webgl
//
// A page (page.ts) does the runner's work; this program opens it, and passes frames between it and
// the harness. What the page prints goes to stderr.

import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

import { oneLine, ProtocolError } from "../errors.ts";
import { serve } from "../runner/serve.ts";
import { PageServer } from "./page_server.ts";

/** The page, which is built into a folder beside this program. */
const PAGE_FOLDER = fileURLToPath(new URL("chromium_page", import.meta.url));

const [runtime] = process.argv.slice(2);
const { MODELPARITY_CHROMIUM: program } = process.env;
if (!runtime || !program) {
  console.error(
    !runtime
      ? "runtime: missing; say one, such as tfjs-chromium/webgl"
      : "MODELPARITY_CHROMIUM: not set; it names the program of Chromium or Chrome",
  );
  process.exitCode = 2;
} else {
  process.exitCode = await run(runtime, program);
}

async function run(runtime: string, program: string): Promise<number> {
  const server = await PageServer.start(PAGE_FOLDER);
  let browser: Browser | undefined;
  let started = false;
  try {
    browser = await launch(program, server.origin);
    await open(browser, server, runtime);
    started = true;
    return await serve((frame) => server.exchange(frame));
  } catch (error) {
    console.error(`${runtime}: ${oneLine(error)}`);
    return started ? 1 : 2;
  } finally {
    await browser?.close();
    server.close();
  }
}

function launch(executablePath: string, proxy: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // The harness has the time limits.
    timeout: 0,
    // Its page is ours, and the model has no more rights in it than in any other runner.
    chromiumSandbox: false,
    args: [
      // Where there is no graphics card, its stand-in (SwiftShader) is as good for the verdict.
      "--enable-unsafe-swiftshader",
      "--enable-unsafe-webgpu",
      "--enable-features=Vulkan",
      // No request leaves the machine: all of them go to our server, which refuses. The services
      // that Chromium itself would ask on every start are turned to it as well.
      `--proxy-server=${proxy}`,
      `--gaia-url=${proxy}`,
      `--component-updater=url-source=${proxy}`,
      "--disable-quic",
      "--disable-sync",
    ],
  });
}

async function open(browser: Browser, server: PageServer, runtime: string) {
  const page = await browser.newPage();
  const fail = (what: string) => server.fail(new Error(what));
  page.on("console", (message) => console.error(message.text()));
  page.on("pageerror", (error) => {
    if (error.name === "ProtocolError") server.fail(new ProtocolError(error.message));
    else fail(`the page failed (${oneLine(error)})`);
  });
  page.on("crash", () => fail("the page crashed"));
  browser.on("disconnected", () => fail("the browser ended"));
  await page.goto(`${server.pageUrl}#${encodeURIComponent(runtime)}`, { timeout: 0 });
  await server.ready;
}
