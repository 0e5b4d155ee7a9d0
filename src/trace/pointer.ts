/**
 * Says which goroutine runs, in shared memory, for whoever looks at a thread from outside while it computes: a store for each run, and no reading of the clock. The recorder does it as well; this is for when no events are wanted.
 */
import { publishRunning } from "../runtime/account.ts";
import { p, type Runnable, type Tracer } from "../runtime/processor.ts";

const nothing = (): void => {};

const pointer: Tracer = {
  begin: nothing,
  run(next: Runnable): void {
    publishRunning((next as { readonly id?: number }).id ?? 0);
    next.run();
  },
  end: () => publishRunning(0),
  woken: nothing,
  stole: nothing,
};

/** Points from here on, unless somebody traces, or (`wanted` is false) no longer. */
export function point(wanted: boolean): void {
  if (wanted) p.tracer ??= pointer;
  else if (p.tracer === pointer) {
    p.tracer = null;
    publishRunning(0);
  }
}
