// Figures as people read them.

export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export function byteText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${value >= 10 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** Three digits are more than a clock in a page has. */
export function millisecondText(milliseconds: number): string {
  if (milliseconds >= 100) return `${Math.round(milliseconds)} ms`;
  return `${milliseconds.toFixed(milliseconds >= 10 ? 1 : 2)} ms`;
}

/** An error, such as "4e-7"; "–" where there is none to tell. */
export function errorText(error: number | undefined): string {
  if (error === undefined) return "–";
  if (error === 0 || !Number.isFinite(error)) return error === 0 ? "0" : "∞";
  return error >= 0.001 && error < 1000
    ? `${Number(error.toPrecision(2))}`
    : error.toExponential(0);
}

/** An element of a tensor, with as many digits as tell one float32 from the next. */
export function valueText(value: number | string | undefined): string {
  return typeof value === "number" ? `${Number(value.toPrecision(9))}` : (value ?? "–");
}

export function percentText(share: number): string {
  return `${(100 * share).toFixed(share > 0.0995 || share === 0 ? 0 : 1)} %`;
}
