/**
 * Go: runtime/chan_test.go TestNonblockRecvRace, TestNonblockSelectRace, TestNonblockSelectRace2. A non-blocking
 * operation acts on the state of all its channels at one moment.
 *
 * Differs: one processor, so the race is between orders of goroutines: main gives way at every possible place in turn.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Goroutine, go, gosched, trySelect } from "gort";
import { inMain } from "../support.ts";

/** Runs `steps` in order and gives way before the one at `place` (after all of them when there is none). */
function* givingWayAt(place: number, steps: readonly (() => void)[]): Goroutine {
  for (const [i, step] of steps.entries()) {
    if (i === place) yield* gosched();
    step();
  }
}

test(
  "chan_test.go TestNonblockRecvRace: a value or the close is always there to be received",
  inMain(function* () {
    for (let i = 0; i < 300; i++) {
      const c = chan<number>(1);
      yield* c.send(1);
      const other = go(() => trySelect({ c: c.recv() }));
      yield* givingWayAt(i % 3, [() => c.close(), () => c.tryRecv()]);
      assert.notEqual(yield* other, undefined, "the channel was not ready");
    }
  }),
);

function testSelectRace(name: string, capacity: number, makeReady: (c2: Chan<number>) => void): void {
  test(
    `chan_test.go ${name}: one of two channels is ready at every moment, so default never happens`,
    inMain(function* () {
      const chosen = new Set<string | undefined>();
      for (let i = 0; i < 300; i++) {
        const c1 = chan<number>(1);
        const c2 = chan<number>(capacity);
        yield* c1.send(1);
        const other = go(() => trySelect({ c1: c1.recv(), c2: c2.recv() }));
        yield* givingWayAt(i % 3, [() => makeReady(c2), () => c1.tryRecv()]);
        chosen.add((yield* other)?.case);
      }
      assert.deepEqual([...chosen].sort(), ["c1", "c2"]);
    }),
  );
}

testSelectRace("TestNonblockSelectRace", 1, (c2) => assert.ok(c2.trySend(1)));
testSelectRace("TestNonblockSelectRace2", 0, (c2) => c2.close());
