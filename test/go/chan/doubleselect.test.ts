/**
 * Go: test/chan/doubleselect.go. A select that sends on four channels to four goroutines delivers each value once.
 *
 * Differs: one processor, so the race that Go's program hunts (one sleeping select woken by two channels) is hunted
 * through the order of goroutines only; values lost are looked for as well as values doubled.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Goroutine, go, type RecvChan, range, type SendChan, select } from "gort";
import { inMain } from "../support.ts";

const N = 20_000;

function* sender(a: Chan<number>, b: Chan<number>, c: Chan<number>, d: Chan<number>): Goroutine {
  for (let i = 0; i < N; i++) yield* select({ a: a.send(i), b: b.send(i), c: c.send(i), d: d.send(i) });
  for (const ch of [a, b, c, d]) ch.close();
}

function* forward(from: RecvChan<number>, to: SendChan<number>, done: SendChan<boolean>): Goroutine {
  for (const value = range(from); yield* value.next(); ) yield* to.send(value.value);
  yield* done.send(true);
}

test(
  "doubleselect.go: four select cases, four receivers, every value exactly once",
  inMain(function* () {
    const ways = [chan<number>(), chan<number>(), chan<number>(), chan<number>()] as const;
    const merged = chan<number>();
    const done = chan<boolean>();
    go(sender, ...ways);
    for (const way of ways) go(forward, way, merged, done);
    go(function* () {
      for (const _ of ways) yield* done.recv();
      merged.close();
    });
    const seen = new Set<number>();
    for (const value = range(merged); yield* value.next(); ) {
      assert.ok(!seen.has(value.value), `value ${value.value} came twice`);
      seen.add(value.value);
    }
    assert.equal(seen.size, N, "no value was lost");
  }),
);
