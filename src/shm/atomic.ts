/**
 * Atomic operations (SEAM: shared memory). The only file that says `Atomics`.
 *
 * All of them are sequentially consistent. They cost 5 ns (load) to 9 ns (everything that writes) against 0.5 ns for a plain access, so structures use
 * few of them and plain words for what they carry. Deterministic testing puts a model in this file's place; a structure whose size matters to the model takes it from
 * {@link capacity}.
 */

/** The value of a word. */
export const load: (words: Int32Array, at: number) => number = Atomics.load;

export const store: (words: Int32Array, at: number, value: number) => number = Atomics.store;

/** Adds, and gives the value before. */
export const add: (words: Int32Array, at: number, value: number) => number = Atomics.add;

/** Sets bits, and gives the value before. */
export const or: (words: Int32Array, at: number, value: number) => number = Atomics.or;

/** Keeps only the given bits, and gives the value before. */
export const and: (words: Int32Array, at: number, value: number) => number = Atomics.and;

/** Stores, and gives the value before. */
export const exchange: (words: Int32Array, at: number, value: number) => number = Atomics.exchange;

/** Stores `value` if the word is `expected`; gives the value before. */
export const swap: (words: Int32Array, at: number, expected: number, value: number) => number =
  Atomics.compareExchange;

/** Wakes up to `count` threads that sleep on the word. */
export const futexWake: (words: Int32Array, at: number, count?: number) => number = Atomics.notify;

/** Sleeps while the word is `expected`, at most `timeoutMs`. The thread's event loop stands still. */
export const futexWait: (words: Int32Array, at: number, expected: number, timeoutMs?: number) => string =
  Atomics.wait;

type Waited = { async: false; value: string } | { async: true; value: Promise<string> };

/** As {@link futexWait}, but the event loop goes on. Without a time limit: one that is woken earlier would be kept until its time is over. */
export const futexWaitAsync: (words: Int32Array, at: number, expected: number) => Waited = (
  Atomics as unknown as { waitAsync: (words: Int32Array, at: number, expected: number) => Waited }
).waitAsync;

/** 64-bit words: a shared counter's. */
export const load64: (words: BigInt64Array, at: number) => bigint = Atomics.load;
export const add64: (words: BigInt64Array, at: number, value: bigint) => bigint = Atomics.add;
export const swap64: (words: BigInt64Array, at: number, expected: bigint, value: bigint) => bigint =
  Atomics.compareExchange;

/** Tells the processor that this is a spinning loop, where V8 can say it. */
export const pause: () => void = (Atomics as unknown as { pause?: () => void }).pause ?? (() => {});

/** Sizes that a model makes small, so that every interleaving can be explored. All powers of two. */
export const capacity = {
  /** Offered tasks of one processor. */
  runQueue: 256,
  /** Tasks that no processor has in its own queue. */
  injector: 4096,
} as const;
