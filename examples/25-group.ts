/**
 * Group: goroutines that stand for one task, and fail as one (Go's errgroup).
 *
 * Fan-out: several checkers take from one channel. Fan-in: they all send on one, which is closed when the last of them has ended. The first error
 * cancels the group's context, so the others stop, and `wait` throws it when all have ended: nothing runs on behind your back.
 *
 * Whatever may wait is wrapped in `ctx.wait`: it throws when the context ends first, and a stage whose consumer is gone does not hang.
 */
import {
  background,
  type Context,
  chan,
  type Goroutine,
  Group,
  go,
  type RecvChan,
  range,
  runtime,
  type SendChan,
} from "gort";

function* count(ctx: Context, upTo: number, out: SendChan<number>): Goroutine {
  for (let n = 2; n <= upTo; n++) yield* ctx.wait(out.send(n));
  out.close();
}

function* check(ctx: Context, bad: number, inp: RecvChan<number>, out: SendChan<number>): Goroutine {
  for (const n = range(inp); yield* ctx.wait(n.next()); ) {
    if (n.value === bad) throw new Error(`${n.value} cannot be checked`);
    if (isPrime(n.value)) yield* ctx.wait(out.send(n.value));
  }
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

function* collect(found: RecvChan<number>): Goroutine<number[]> {
  const all: number[] = [];
  for (const n = range(found); yield* n.next(); ) all.push(n.value);
  return all;
}

function* primes(upTo: number, bad: number): Goroutine<number[]> {
  const group = new Group(background());
  const numbers = chan<number>();
  const found = chan<number>();
  group.go(count, group.ctx, upTo, numbers);
  for (let i = 0; i < 3; i++) group.go(check, group.ctx, bad, numbers, found);
  const all = go(collect, found);
  try {
    yield* group.wait();
  } finally {
    found.close();
    yield* all; // also when the group has failed: nobody is left behind
  }
  return (yield* all).sort((a, b) => a - b);
}

export function* main(): Goroutine {
  console.log(`up to 30: ${yield* primes(30, 0)}`);
  try {
    yield* primes(1_000_000, 101);
  } catch (error) {
    console.log(`up to a million: ${(error as Error).message}`);
  }
  console.log(`goroutines left: ${runtime.numGoroutine()}`);
}

// Output:
// up to 30: 2,3,5,7,11,13,17,19,23,29
// up to a million: 101 cannot be checked
// goroutines left: 1
