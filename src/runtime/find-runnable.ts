/**
 * What runs next: the search order on one screen. Go: runtime/proc.go (findRunnable).
 *
 *   1. every 61st time, the global queue, so that a busy processor cannot starve it
 *   2. the processor's own queue
 *   3. the global queue, mail from other cores, another processor's unstarted goroutines
 *   4. nothing: the event loop polls (timers and sockets come back through netpoll)
 *
 * Due timers are looked for when the slice reads the clock (timers.ts).
 */
import { order } from "./order.ts";
import { p, type Runnable } from "./processor.ts";
import { cores } from "./remote.ts";

const GLOBAL_EACH = 61;

export function findRunnable(): Runnable | undefined {
  if (++p.tick % GLOBAL_EACH === 0) {
    const shared = cores.remote.takeGlobal();
    if (shared !== undefined) return shared;
  }
  if (order.chooser !== null && p.runq.size > 1) return p.runq.removeAt(order.chooser.next(p.runq.size));
  return p.runq.shift() ?? elsewhere();
}

function elsewhere(): Runnable | undefined {
  const remote = cores.remote;
  const shared = remote.takeGlobal();
  if (shared !== undefined) return shared;
  if (remote.readMail()) return p.runq.shift();
  return remote.steal();
}
