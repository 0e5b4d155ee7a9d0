/**
 * A WaitGroup that is used again: work in rounds, where nobody begins the next one before all have done this one.
 *
 * Heat spreads along a rod. Each cell is a goroutine that reads its neighbours of the last round, so a cell that ran ahead would read a mixture of
 * two rounds. When the counter is back at nothing and everybody has passed `wait`, the same WaitGroup serves the next round.
 */
import { type Goroutine, gosched, WaitGroup } from "gort";

function* cell(at: number, old: readonly number[], next: number[]): Goroutine {
  if (at % 2 === 1) yield* gosched(); // every second one is a bit slower
  const [left = 0, here = 0, right = 0] = [old[at - 1], old[at], old[at + 1]];
  next[at] = (left + 2 * here + right) / 4;
}

export function* main(): Goroutine {
  let rod = [0, 0, 0, 64, 0, 0, 0];
  const round = new WaitGroup();
  for (let n = 1; n <= 3; n++) {
    const next = new Array<number>(rod.length);
    for (let at = 0; at < rod.length; at++) round.go(cell, at, rod, next);
    yield* round.wait();
    rod = next;
    console.log(`round ${n}: ${rod.join(" ")}`);
  }
}

// Output:
// round 1: 0 0 16 32 16 0 0
// round 2: 0 4 16 24 16 4 0
// round 3: 1 6 15 20 15 6 1
