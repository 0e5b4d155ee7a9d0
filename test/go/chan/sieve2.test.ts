/**
 * Go: test/chan/sieve2.go. The sieve turned round: streams of multiples are merged into the composites, and what the
 * composites leave out of the odd numbers is prime; the primes are fed back, through a proxy that buffers without limit.
 *
 * Differs: Go merges with a heap, here a list is kept in order; Go's proxy has a ring that grows, here an array.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, type RecvChan, type SendChan, select } from "gort";
import { inMain, must } from "../support.ts";

const primesBelow100 = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
];

/** A channel of first, first + step, first + 2 step and so on, buffered. */
function arithmetic(first: number, step: number, capacity: number): RecvChan<number> {
  const out = chan<number>(capacity);
  go(function* () {
    for (let n = first; ; n += step) yield* out.send(n);
  });
  return out;
}

/** A channel in front of `out` that never makes its sender wait for long: what `out` cannot take yet is kept. */
function withBuffer(out: SendChan<number>): SendChan<number> {
  const proxy = chan<number>(10);
  go(function* () {
    const kept: number[] = [];
    for (;;) {
      const [oldest] = kept;
      const s = yield* select({ in: proxy.recv(), out: oldest !== undefined && out.send(oldest) });
      if (s.case === "in") kept.push(must(s.value));
      else kept.shift();
    }
  });
  return proxy;
}

interface Stream {
  head: number;
  readonly rest: RecvChan<number>;
}

/** Merges the multiples of every odd prime into one ascending channel without repetitions. */
function* mergeMultiples(primes: RecvChan<number>, composites: SendChan<number>): Goroutine {
  const streams: Stream[] = [];
  let last = 0;
  for (;;) {
    const prime = must(yield* primes.recv());
    const multiples = arithmetic(prime ** 2, 2 * prime, 10);
    insert(streams, { head: must(yield* multiples.recv()), rest: multiples });
    // Every composite up to prime² is known now, and the next prime comes only when it has been sent.
    for (let [lowest] = streams; lowest !== undefined && lowest.head <= prime ** 2; [lowest] = streams) {
      streams.shift();
      if (lowest.head !== last) {
        last = lowest.head;
        yield* composites.send(last);
      }
      lowest.head = must(yield* lowest.rest.recv());
      insert(streams, lowest);
    }
  }
}

function insert(streams: Stream[], stream: Stream): void {
  const at = streams.findIndex((other) => other.head > stream.head);
  streams.splice(at === -1 ? streams.length : at, 0, stream);
}

/** Passes on the odd numbers that are not composite, and feeds them back as primes. */
function* sieveOut(
  composites: RecvChan<number>,
  feedback: SendChan<number>,
  out: SendChan<number>,
): Goroutine {
  const odds = arithmetic(5, 2, 50);
  for (let candidate = must(yield* odds.recv()); ; ) {
    const composite = must(yield* composites.recv());
    for (; candidate < composite; candidate = must(yield* odds.recv())) {
      yield* feedback.send(candidate);
      yield* out.send(candidate);
    }
    if (candidate === composite) candidate = must(yield* odds.recv());
  }
}

test(
  "sieve2.go: the primes below 100, through a feedback loop with a disabled select case",
  inMain(function* () {
    const out = chan<number>(10);
    const composites = chan<number>(50);
    const feedback = chan<number>(10);
    yield* out.send(2);
    yield* out.send(3);
    yield* feedback.send(3);
    go(mergeMultiples, feedback, composites);
    go(sieveOut, composites, withBuffer(feedback), out);
    for (const prime of primesBelow100) assert.equal(yield* out.recv(), prime);
  }),
);
