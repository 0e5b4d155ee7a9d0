/**
 * parallelMap: a portable function for each of many inputs, on all cores, with progress.
 *
 * The results come in the order of the inputs, whichever core was first. Nothing is read before somebody waits, and never much more than has been received: the generator could go on for ever. Small inputs travel to the
 * other cores many at a time, which is why this is worth while for a kilobyte, too.
 */
import { createHash } from "node:crypto";
import { background, type Goroutine, parallelMap, portable, range, withCancel } from "gort";

/** At module level: other cores import this file to find it. */
export const digest = portable(function digest(block: Uint8Array): string {
  return createHash("sha256").update(block).digest("hex");
});

export const collatz = portable(function* collatz(n: number): Goroutine<number> {
  if (n < 1) throw new RangeError(`collatz of ${n}`);
  let steps = 0;
  for (let i = n; i !== 1; steps++) i = i % 2 === 0 ? i / 2 : 3 * i + 1;
  return steps;
});

function* numbersFrom(first: number): Generator<number> {
  try {
    for (let n = first; ; n++) yield n;
  } finally {
    console.log("the generator is closed");
  }
}

export function* main(): Goroutine {
  const blocks = Array.from({ length: 2000 }, (_, i) => Buffer.alloc(1024, i));
  const shown = new Set<number>();
  const digests = parallelMap(digest, blocks, {
    onProgress(done, total = 0) {
      const quarter = Math.floor((4 * done) / total);
      if (!shown.has(quarter)) shown.add(quarter);
    },
  });
  const all = yield* digests.toArray();
  console.log(`${all.length} digests, the last ${all.at(-1)?.slice(0, 16)}`);
  console.log(`progress: ${shown.has(4) ? "all done" : "?"}`);

  // The first number from 1 on with more than 100 steps: what is under way behind it is given up.
  const [ctx, enough] = withCancel(background());
  const steps = parallelMap(collatz, numbersFrom(1), { ctx });
  let n = 1;
  for (const r = range(steps); yield* r.next(); n++) if (r.value > 100) break;
  console.log(`collatz: ${n}`);
  enough();
  try {
    yield* steps.recv();
  } catch (error) {
    console.log((error as Error).message);
  }

  // The first error stops it.
  try {
    yield* parallelMap(collatz, [3, 2, 1, 0, -1]).toArray();
  } catch (error) {
    console.log(`${(error as Error).name}: ${(error as Error).message}`);
  }
}

// Output:
// 2000 digests, the last 72b693517eb75045
// progress: all done
// collatz: 27
// the generator is closed
// context canceled
// RangeError: collatz of 0
