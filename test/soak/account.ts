/** What must be nothing when a round of a soak is over, and what must not grow from round to round. */
import { runtime } from "gort";
import { host } from "#src/runtime/netpoll.ts";
import { p } from "#src/runtime/processor.ts";
import { loudTimers, timersNow } from "#src/runtime/timers.ts";
import { HOME_PAGE_TABLE, PAGES_A_BUFFER } from "#src/shm/layout.ts";
import { known } from "#src/shm/region.ts";

/** Counts of what is under way. One goroutine, who asks, may be left. */
export function underWay(): Record<string, number> {
  return {
    goroutines: runtime.numGoroutine(),
    "in the run queue": p.runq.size,
    "waits for the host": host.waiting,
    "waits for promises": host.promises,
    latent: host.latent,
    "timers that wake somebody": loudTimers(),
    "timers that wake nobody": timersNow().heap.size - loudTimers(),
  };
}

/** Those that are not nothing. */
export function left(allowed: Record<string, number> = {}): string[] {
  return Object.entries(underWay())
    .filter(([name, count]) => count !== (allowed[name] ?? 0))
    .map(([name, count]) => `${name}: ${count}`);
}

export interface Memory {
  readonly heapMB: number;
  readonly rssMB: number;
  /** Pages of shared memory that have been cut into blocks: they are used again, and never given back. */
  readonly pages: number;
}

/** After a collection. */
export function memory(): Memory {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMB: heapUsed / 2 ** 20, rssMB: rss / 2 ** 20, pages: pages() };
}

function pages(): number {
  let count = 0;
  for (const buffer of known()) {
    if (buffer === undefined) continue;
    const table = buffer.number === 0 ? HOME_PAGE_TABLE : 0;
    // A buffer's last used page is the one that says how far it has been cut.
    for (let page = PAGES_A_BUFFER - 1; page >= 0; page--) {
      if (buffer.words[table + page] !== 0) {
        count += page + 1;
        break;
      }
    }
  }
  return count;
}
