/**
 * Portable functions for the tests of several cores. They are in a file of their own: every core imports it.
 */
import { isMainThread, threadId } from "node:worker_threads";
import { chan, type Goroutine, go, goexit, gosched, portable, runtime, sleep } from "gort";

/** How long somebody waits for the others before he gives up. */
const LOST_MS = 5_000;

/** Words that all cores see: one for each count or flag of a test. */
export function sharedWords(count = 4): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(count * 4));
}

/** Holds this thread until `count` are here: so they are on `count` threads. False when they do not come. */
function meets(words: Int32Array, count: number): boolean {
  Atomics.add(words, 0, 1);
  const until = performance.now() + LOST_MS;
  while (Atomics.load(words, 0) < count) {
    if (performance.now() > until) return false;
    Atomics.wait(words, 1, 0, 1);
  }
  return true;
}

/** Meets `count - 1` others of its kind, each on a thread of its own; gives its processor. */
export const meet = portable(function* meet(words: Int32Array, count: number): Goroutine<number> {
  if (!meets(words, count)) throw new Error("the others have not come");
  return runtime.procId();
});

export const whereAmI = portable(function* whereAmI(): Goroutine<[proc: number, thread: number]> {
  return [runtime.procId(), threadId];
});

/** Counts itself in, and says what it was given. */
export const counted = portable(function* counted(words: Int32Array, n: number): Goroutine<number> {
  Atomics.add(words, 0, 1);
  return n;
});

// biome-ignore lint/suspicious/noExplicitAny: it gives back whatever it is given.
export const echo = portable(function* echo(value: any): Goroutine<any> {
  return value;
});

export const echoAsync = portable(async (value: string): Promise<string> => value);
export const echoPlain = portable("echoPlain", (value: string): string => value);

/** Changes what it was given, and gives it back. */
export const change = portable(function* change(list: number[]): Goroutine<number[]> {
  list.push(list.length);
  return list;
});

/** Meets another one, and fails where it is not on the main thread. */
export const failFar = portable(function* failFar(words: Int32Array): Goroutine<number> {
  if (!meets(words, 2)) throw new Error("the others have not come");
  if (!isMainThread) throw new RangeError("far", { cause: { words: words.length } });
  return runtime.procId();
});

/** Meets another one, and ends its thread where that is not the main one. */
export const dieFar = portable(function* dieFar(words: Int32Array): Goroutine<string> {
  if (!meets(words, 2)) throw new Error("the others have not come");
  if (!isMainThread) process.exit(5);
  return "alive";
});

/** Meets another one, and then waits on its own core for what never comes. */
export const stuckFar = portable(function* stuckFar(words: Int32Array): Goroutine<void> {
  if (!meets(words, 2)) throw new Error("the others have not come");
  if (!isMainThread) yield* chan<number>().recv();
});

/** Meets another one, sleeps on its core, and says which that was. */
export const sleepFar = portable(function* sleepFar(words: Int32Array, ms: number): Goroutine<number> {
  if (!meets(words, 2)) throw new Error("the others have not come");
  if (!isMainThread) yield* sleep(ms);
  return runtime.procId();
});

export const exits = portable(function* exits(): Goroutine<string> {
  goexit();
});

export const unsendable = portable(function* unsendable(): Goroutine<never> {
  // @ts-expect-error: the type says so, too
  return { rows: [{ f: () => 1 }] };
});

/** Starts goroutines of its own, and sums what they give. */
export const tree = portable(function* tree(depth: number): Goroutine<number> {
  if (depth === 0) return 1;
  const left = go(tree, depth - 1);
  const right = go(tree, depth - 1);
  return (yield* left) + (yield* right);
});

/** Meets another one and throws, where it is far, from a callback of the host's. */
export const throwOutside = portable(function* throwOutside(words: Int32Array): Goroutine<void> {
  if (!meets(words, 2)) throw new Error("the others have not come");
  if (isMainThread) return;
  setTimeout(() => {
    throw new Error("outside any goroutine");
  });
  yield* sleep(LOST_MS);
});

/** Says that it runs (word 2), and holds its thread until somebody sets word 3. */
export const held = portable(function* held(words: Int32Array): Goroutine<number> {
  Atomics.store(words, 2, 1);
  Atomics.notify(words, 2);
  Atomics.wait(words, 3, 0, LOST_MS);
  return runtime.procId();
});

/** Meets another one, as a call of parallelMap; gives its processor. */
export const meetTwo = portable(function meetTwo(words: Int32Array): number {
  if (!meets(words, 2)) throw new Error("the others have not come");
  return runtime.procId();
});

/**
 * On its own core: seven goroutines that wait, until word 2 is set; word 1 counts those who are ready.
 */
export const countHere = portable(function* countHere(words: Int32Array, count: number): Goroutine<void> {
  if (!meets(words, 2)) throw new Error("the others have not come");
  const stop = chan<void>();
  const all = Array.from({ length: count }, () => go(() => stop.recv()));
  yield* gosched();
  Atomics.add(words, 1, 1);
  while (Atomics.load(words, 2) === 0) yield* sleep(1);
  stop.close();
  for (const one of all) yield* one;
});

/** The metrics, as they are seen where it runs; nothing unless it `asks`. */
export const ownMetrics = portable(function* ownMetrics(
  yields: number,
  asks: boolean,
): Goroutine<Record<string, number>> {
  for (let i = 0; i < yields; i++) yield* gosched();
  return asks ? runtime.metrics() : {};
});
