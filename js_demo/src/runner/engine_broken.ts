// After a trap.

/**
 * WebAssembly was left in the middle of an operator, and with it its stack: whatever its engine
 * answers from now on may be wrong. Only a new process, or page, helps.
 */
export class EngineBrokenError extends Error {
  override get name() {
    return "EngineBrokenError";
  }
}

/** Says whether WebAssembly trapped, perhaps within what was thrown. */
export function isTrap(thrown: unknown): boolean {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  return thrown instanceof Error && thrown.cause !== undefined && isTrap(thrown.cause);
}
