/**
 * Cores that are started and given back, over and over: nothing grows. GORT_CYCLES=10000 npm test -- parallel/cycles runs that many (five minutes); the suite runs fewer.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { go, run, runtime, sharedChan } from "gort";
import { Order, tell } from "#src/parallel/orders.ts";
import { load } from "#src/shm/atomic.ts";
import { HOME_PAGE_TABLE, LIFE, MACHINE, machineAt, PAGES_A_BUFFER } from "#src/shm/layout.ts";
import { home, known } from "#src/shm/region.ts";
import { meet, sharedWords } from "./work.ts";

const CYCLES = Number(process.env["GORT_CYCLES"] ?? 40);
/** Until what is kept for later has been made once. */
const WARM_UP = 10;

/** Pages of shared memory that have been taken. */
function pages(): number {
  return load(home().words, HOME_PAGE_TABLE + PAGES_A_BUFFER) + (known().length - 1) * PAGES_A_BUFFER;
}

/** The other core leaves when it has come to rest; what is asked before that it does not hear, and too many questions would keep it up. */
async function giveBack(machine: number): Promise<void> {
  const { words } = home();
  const area = machineAt(machine);
  while (load(words, area + MACHINE.life) !== LIFE.unused) {
    if (load(words, area + MACHINE.life) === LIFE.alive && load(words, area + MACHINE.asleep) === 1) {
      tell(machine, Order.retire);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

it(`${CYCLES} starts and stops of a core leave nothing behind`, {
  timeout: 60_000 + CYCLES * 200,
}, async () => {
  const before = runtime.gomaxprocs(2);
  try {
    let warm = { pages: 0, rss: 0 };
    for (let i = 0; i < CYCLES; i++) {
      await run(function* () {
        const words = sharedWords();
        const ch = sharedChan<string>(4);
        for (let n = 0; n < 4; n++) yield* ch.send("x".repeat(200));
        const both = [go(meet, words, 2), go(meet, words, 2)];
        const where = [yield* both[0]!, yield* both[1]!];
        assert.deepEqual(where.sort(), [0, 1]);
        for (let n = 0; n < 4; n++) yield* ch.recv();
      });
      await giveBack(1);
      if (i === WARM_UP) warm = { pages: pages(), rss: process.memoryUsage.rss() };
    }
    assert.equal(runtime.numGoroutine(), 0);
    // What the collector has yet to free may need a page more.
    assert.ok(
      pages() <= warm.pages + 8,
      `${pages()} pages of shared memory, ${warm.pages} after ${WARM_UP} cycles`,
    );
    const grown = (process.memoryUsage.rss() - warm.rss) / 2 ** 20;
    assert.ok(grown < 64, `${grown.toFixed(0)} MB more than after ${WARM_UP} cycles`);
  } finally {
    runtime.gomaxprocs(before);
  }
});
