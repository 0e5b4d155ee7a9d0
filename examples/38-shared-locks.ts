/**
 * Memory that all cores share, and the locks for it: `SharedArrayBuffer`, `SharedMutex`, `SharedCounter`, `SharedWaitGroup`.
 *
 * Goroutines of one core change places only where they wait; those of two cores run at the same time, so what they both write needs a lock, or a counter that is
 * atomic by itself. The locks are sent as arguments, and are the same locks there. Most programs do without: each goroutine returns what it found, and one adds it up.
 */
import { type Goroutine, portable, SharedCounter, SharedMutex, SharedWaitGroup } from "gort";

const STEPS = 50_000;

/** Throws dice, and adds what came up to a table that everybody shares. */
export const throwDice = portable(function* throwDice(
  seed: number,
  table: Float64Array,
  lock: SharedMutex,
  thrown: SharedCounter,
): Goroutine {
  const mine = new Array<number>(13).fill(0);
  let state = seed;
  const die = (): number => 1 + ((state = (state * 48_271) % 2_147_483_647) % 6);
  for (let i = 0; i < STEPS; i++) {
    const sum = die() + die();
    mine[sum] = (mine[sum] ?? 0) + 1;
  }
  thrown.add(STEPS); // no lock: it is one atomic step
  const held = yield* lock.lock();
  try {
    for (const [sum, n] of mine.entries()) table[sum] = (table[sum] ?? 0) + n;
  } finally {
    held[Symbol.dispose]();
  }
});

export function* main(): Goroutine {
  const table = new Float64Array(new SharedArrayBuffer(13 * 8));
  const lock = new SharedMutex();
  const thrown = new SharedCounter();
  const all = new SharedWaitGroup();
  for (let seed = 1; seed <= 8; seed++) all.go(throwDice, seed, table, lock, thrown);
  yield* all.wait();

  console.log(`${thrown.value} throws`);
  for (const [sum, n] of table.entries()) {
    if (sum >= 2)
      console.log(`${String(sum).padStart(2)} ${"*".repeat(Math.round((200 * n) / Number(thrown.value)))}`);
  }
}

// Output:
// 400000 throws
//  2 ******
//  3 ***********
//  4 *****************
//  5 **********************
//  6 ****************************
//  7 *********************************
//  8 ****************************
//  9 **********************
// 10 *****************
// 11 ***********
// 12 ******
