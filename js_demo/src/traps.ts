// What is left of an engine when WebAssembly traps: a module that stopped in the middle of an
// operator, with its stack as it was then. Whatever it answers afterwards may be wrong, and only a
// new process, or page, helps.

/** Says whether WebAssembly trapped, perhaps as the cause of what was thrown. */
export function isTrap(thrown: unknown): boolean {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  return thrown instanceof Error && thrown.cause !== undefined && isTrap(thrown.cause);
}

/** Ends a runner: nobody may ask its engine again. */
export class EngineBrokenError extends Error {
  override get name() {
    return "EngineBrokenError";
  }
}
