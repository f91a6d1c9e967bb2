// The memory of a process of this machine, in bytes.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** What it has now, from where its peak is counted. */
export function startOfPeak(process: number | "self"): number {
  writeFileSync(`/proc/${process}/clear_refs`, "5");
  return resident(process, "VmRSS");
}

/** The most that it has had since. */
export function peak(process: number | "self"): number {
  return resident(process, "VmHWM");
}

function resident(process: number | "self", field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${process}/status`, "utf8");
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
  return Number(kilobytes) * 1024;
}

/** The processes of a Chromium's pages, by the folder of its profile. */
export function pagesOf(profile: string): number[] {
  const ids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return ids.filter((id) => {
    const command = commandOf(id);
    return command.includes("--type=renderer") && command.some((part) => part.includes(profile));
  });
}

/** Empty for a process that has just ended. */
function commandOf(process: number): string[] {
  try {
    return readFileSync(`/proc/${process}/cmdline`, "utf8").split(/[\0 ]/);
  } catch {
    return [];
  }
}
