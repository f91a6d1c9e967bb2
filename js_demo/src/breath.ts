/** Lets the page paint and answer meanwhile. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
