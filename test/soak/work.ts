/** The portable functions of the soak. They are in a file of their own: every core imports it. */
import { isMainThread } from "node:worker_threads";
import {
  type Context,
  type Goroutine,
  go,
  gosched,
  portable,
  range,
  type SharedChan,
  type SharedMutex,
  type SharedSemaphore,
  type SharedWaitGroup,
  select,
  sleep,
} from "gort";

/** Sends `from`, `from + 1` … and gives their sum. */
export const produce = portable(function* produce(
  out: SharedChan<number>,
  from: number,
  count: number,
): Goroutine<number> {
  let sum = 0;
  for (let n = from; n < from + count; n++) {
    yield* out.send(n);
    sum += n;
  }
  return sum;
});

/** Sums what comes until the channel is closed. */
export const consume = portable(function* consume(ch: SharedChan<number>): Goroutine<number> {
  let sum = 0;
  for (const n = range(ch); yield* n.next(); ) sum += n.value;
  return sum;
});

/** Sums what comes from either until both are closed; sometimes it loses patience, which loses nothing. */
export const consumeTwo = portable(function* consumeTwo(
  a: SharedChan<number>,
  b: SharedChan<number>,
): Goroutine<number> {
  let sum = 0;
  let [openA, openB] = [true, true];
  while (openA || openB) {
    const s = yield* select({ a: openA && a.recvOk(), b: openB && b.recvOk(), late: sleep(1) });
    if (s.case === "late") continue;
    const [n, ok] = s.value;
    if (ok) sum += n;
    else if (s.case === "a") openA = false;
    else openB = false;
  }
  return sum;
});

/** Counts under a lock, with plain reads and writes: whoever is inside beside it shows. */
export const countUnder = portable(function* countUnder(
  mu: SharedMutex,
  sem: SharedSemaphore,
  words: Int32Array,
  times: number,
): Goroutine<void> {
  for (let i = 0; i < times; i++) {
    const permit = yield* sem.acquire();
    const guard = yield* mu.lock();
    const seen = words[0] as number;
    if (i % 3 === 0) yield* gosched();
    words[0] = seen + 1;
    guard[Symbol.dispose]();
    permit[Symbol.dispose]();
  }
});

/** Waits for all of a group, and says so. */
export const waitFor = portable(function* waitFor(wg: SharedWaitGroup, words: Int32Array): Goroutine<number> {
  yield* wg.wait();
  return Atomics.load(words, 0);
});

/** Waits for a context's end. */
export const untilDone = portable(function* untilDone(ctx: Context): Goroutine<string> {
  yield* ctx.done();
  return ctx.err?.message ?? "nothing";
});

/** Starts goroutines of its own; gives its leaves, and how many of them did not grow on the main thread. */
export const tree = portable(function* tree(depth: number): Goroutine<[all: number, far: number]> {
  if (depth === 0) return [1, isMainThread ? 0 : 1];
  const left = go(tree, depth - 1);
  const right = go(tree, depth - 1);
  const [a, b] = [yield* left, yield* right];
  return [a[0] + b[0], a[1] + b[1]];
});

export const square = portable(function square(n: number): number {
  return n * n;
});

/** Holds its thread for a moment. */
export const hold = portable(function hold(n: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  return n;
});

export const fails = portable(function* fails(n: number): Goroutine<number> {
  yield* gosched();
  throw new RangeError(`failed ${n}`, { cause: n });
});

/** So long it waits for the other one. */
const LOST_MS = 500;

/** Meets another one, which holds this thread, and ends its thread where that is not the main one. */
export const dies = portable(function* dies(words: Int32Array): Goroutine<string> {
  Atomics.add(words, 0, 1);
  const until = performance.now() + LOST_MS;
  while (Atomics.load(words, 0) < 2 && performance.now() < until) Atomics.wait(words, 1, 0, 1);
  if (!isMainThread) process.exit(5);
  return "alive";
});

export const identity = portable(function* identity(n: number): Goroutine<number> {
  return n;
});
