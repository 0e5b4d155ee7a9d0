/**
 * GORT_TRACEBACK: whose stacks are printed when a program ends with a panic or a fatal error.
 *
 *   none (0)       nobody's: the message alone
 *   single         a panic's: the goroutine that it came from; a deadlock's: all. The default.
 *   all (1)        a panic's, too: the goroutine that it came from, then all others
 *
 * `system`, `crash` and numbers from 2 on are `all`: there are no goroutines of the system's here, and no core file that would say more. A word that nobody
 * knows is the default: whoever mistypes it wants to see more, not less.
 *
 * SIGQUIT prints all, whatever is set here, as Go does. Go: runtime/extern.go (GOTRACEBACK); runtime/panic.go (dopanic_m).
 */
export type TracebackLevel = "none" | "single" | "all";

/** What the environment says. */
export function tracebackLevel(word: string | undefined = process.env["GORT_TRACEBACK"]): TracebackLevel {
  if (word === "none" || word === "0") return "none";
  return word !== undefined && /^(?:all|system|crash|[1-9][0-9]*)$/.test(word) ? "all" : "single";
}
