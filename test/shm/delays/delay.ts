/**
 * Random delays around atomic operations: what a thread that is put off its core, or a slow one, does to an algorithm.
 *
 * Most operations are not delayed, some by a spin, a few by a nap, in which the system runs another thread. The sequence is that of the seed (GORT_DELAYS) and of the thread's number; the interleaving is the system's, so a seed
 * makes a failure likely again and not certain.
 *
 * Uses Atomics itself: the operations that it delays must not delay its own.
 */
import { threadId } from "node:worker_threads";

const sleeping = new Int32Array(new SharedArrayBuffer(4));
let state = (Number(process.env["GORT_DELAYS"] ?? 1) * 0x9e3779b1 + (threadId + 1) * 0x85ebca6b) | 1;

function draw(): number {
  // xorshift32
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

/** What happens before and after each operation instead of a delay (preempt.test.ts). */
export const interposed: { now: (() => void) | undefined } = { now: undefined };

/** One delay, or none. */
export function delay(): void {
  if (interposed.now !== undefined) {
    interposed.now();
    return;
  }
  const drawn = draw();
  const kind = drawn & 1023;
  if (kind < 640) return;
  if (kind >= 1022) Atomics.wait(sleeping, 0, 0, 0.3);
  else if (kind >= 1012) Atomics.wait(sleeping, 0, 0, 0.001);
  else spin(kind >= 980 ? 4000 : (drawn >>> 10) & 255);
}

function spin(times: number): void {
  for (let i = 0; i < times; i++) sleeping[0] = 0;
}

/** What is exported instead of `value`: a function with a delay before and after it; anything else as it is. */
export function delayed<T>(name: string, value: T): T {
  if (typeof value !== "function" || name === "pause") return value;
  const operation = value as unknown as (a: unknown, b: unknown, c: unknown, d: unknown) => unknown;
  const wrapped = (a: unknown, b: unknown, c: unknown, d: unknown): unknown => {
    delay();
    const result = operation(a, b, c, d);
    delay();
    return result;
  };
  return wrapped as unknown as T;
}
