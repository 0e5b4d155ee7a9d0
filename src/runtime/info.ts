/**
 * `runtime.*`: what a program may ask of the scheduler. Go: package runtime.
 */
import { availableParallelism } from "node:os";
import { goroutineCount } from "./counts.ts";
import { metrics } from "./metrics.ts";
import { metricsText } from "./metrics-text.ts";
import { p } from "./processor.ts";
import { gomaxprocs } from "./procs.ts";
import { cores } from "./remote.ts";
import { VERSION } from "./singleton.ts";
import { type Stacks, stacks } from "./stacks.ts";
import { type Stuck, type StuckGoroutine, stuck } from "./stuck.ts";
import { currentStack } from "./traceback.ts";
import { unreachable } from "./unreachable.ts";

/** What a program may ask of the scheduler: the type of {@link runtime}. */
export interface Runtime {
  /** Sets the number of processors (an integer ≥ 1; 0 or nothing only asks) and gives the old one. */
  gomaxprocs(n?: number): number;
  /** The number of processors that the system lets this process use. */
  numCPU(): number;
  /** The number of goroutines that have not ended. */
  numGoroutine(): number;
  /** The number of the running goroutine; 0 outside any. */
  goid(): number;
  /** The number of the processor that runs this code. */
  procId(): number;
  /** The running goroutine's stack, in Go's form. */
  stack(): string;
  /**
   * The scheduler's numbers over all cores, by name: Go's names where Go has them (`/sched/goroutines:goroutines`), else names in their style. The guide to debugging has the table.
   *
   * Asks the other cores, and waits for them at most 10 ms: of one that computes it gives what that one has said last. Totals never go back.
   *
   * Go: runtime/metrics.Read.
   */
  metrics(): Record<string, number>;
  /** The same in the text form of Prometheus (`text/plain; version=0.0.4`), for an endpoint of the program's own. */
  metricsText(): string;
  /**
   * The stacks of all goroutines of all cores, then who waits outside any goroutine: in Go's form, as JSON, or as a profile for `go tool pprof`; on request grouped.
   *
   * Looks at 10,000 goroutines of each core at most (about 10 µs each) and says how many more there are. Waits for the other cores, a quarter of a second at most for one that computes.
   *
   * @throws InvalidOptionError (`GORT_INVALID_OPTION`)
   */
  readonly stacks: Stacks;
  /** The goroutines that wait for each other, while the rest may still run. */
  stuck(): Stuck;
  /**
   * Goroutines that can never wake, because nothing that is left refers to what they wait for: proved by a garbage collection, which stops the program while it lasts and takes them away; in dumps they remain, as `(leaked)`.
   * Gives those that were not known before. Go: the profile goroutineleak.
   */
  unreachable(): Promise<StuckGoroutine[]>;
  /** gort's version. */
  readonly version: string;
}

/** What a program may ask of the scheduler. Go: package runtime. */
export const runtime: Runtime = Object.freeze({
  gomaxprocs,
  numCPU: () => availableParallelism(),
  numGoroutine: () => goroutineCount() + cores.remote.count(),
  goid: () => p.current.id,
  procId: () => cores.remote.procId,
  stack: currentStack,
  metrics,
  metricsText: () => metricsText(),
  stacks,
  stuck,
  unreachable,
  version: VERSION,
});
