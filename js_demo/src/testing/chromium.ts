// A real Chromium, for tests and measurements. Playwright cannot be bundled: whoever imports this
// needs it beside the program.

import { type Browser, chromium } from "playwright-core";

/** The system's, or the one that MODELPARITY_CHROMIUM names. */
export const CHROMIUM = process.env.MODELPARITY_CHROMIUM ?? "/usr/bin/chromium";

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    // It opens our own pages only, and in a container as root there is no sandbox.
    chromiumSandbox: false,
    // WebGL where there is no graphics card.
    args: ["--enable-unsafe-swiftshader"],
  });
}
