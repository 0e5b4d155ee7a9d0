/**
 * Go: test/chan/sieve1.go. The prime sieve: a chain of filters that grows by one goroutine with every prime.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, type RecvChan, range, type SendChan } from "gort";
import { inMain, must } from "../support.ts";

const primesBelow100 = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
];

function* generate(out: SendChan<number>): Goroutine {
  for (let i = 2; ; i++) yield* out.send(i);
}

function* filter(from: RecvChan<number>, to: SendChan<number>, prime: number): Goroutine {
  for (const n = range(from); yield* n.next(); ) {
    if (n.value % prime !== 0) yield* to.send(n.value);
  }
}

function* sieve(primes: SendChan<number>): Goroutine {
  let numbers = chan<number>();
  go(generate, numbers);
  for (;;) {
    const prime = must(yield* numbers.recv());
    yield* primes.send(prime);
    const survivors = chan<number>();
    go(filter, numbers, survivors, prime);
    numbers = survivors;
  }
}

test(
  "sieve1.go: the primes below 100",
  inMain(function* () {
    const primes = chan<number>();
    go(sieve, primes);
    for (const prime of primesBelow100) assert.equal(yield* primes.recv(), prime);
  }),
);
