/**
 * The portable functions of the tests of parallelMap: a file of their own, because other cores import it.
 */
import { type Goroutine, goexit, gosched, portable, runtime, sleep } from "gort";

export const square = portable(function* square(n: number): Goroutine<number> {
  return n * n;
});

export const plain = portable(function plain(n: number): number {
  return n + 1;
});

export const later = portable(async function later(n: number): Promise<number> {
  await null;
  return n + 2;
});

export const rests = portable(function* rests(n: number): Goroutine<number> {
  yield* sleep(0);
  return n + 3;
});

export const failsAt = portable(function* failsAt(n: number): Goroutine<number> {
  if (n === 7) throw new RangeError("seven");
  return n;
});

/** Words of a gate: whether it is open, calls begun, ended, under way, and the most that were. */
export const GATE = { open: 0, begun: 1, ended: 2, under: 3, most: 4, words: 5 } as const;

export function newGate(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(GATE.words * 4));
}

/** Says that it has begun, and waits until the gate is open. */
export const gated = portable(function* gated(input: { gate: Int32Array; n: number }): Goroutine<number> {
  const { gate, n } = input;
  Atomics.add(gate, GATE.begun, 1);
  const under = Atomics.add(gate, GATE.under, 1) + 1;
  for (let most = Atomics.load(gate, GATE.most); most < under; most = Atomics.load(gate, GATE.most))
    Atomics.compareExchange(gate, GATE.most, most, under);
  while (Atomics.load(gate, GATE.open) === 0) yield* sleep(1);
  Atomics.sub(gate, GATE.under, 1);
  Atomics.add(gate, GATE.ended, 1);
  return n;
});

/** Begins, gives way often, and counts itself. */
export const counted = portable(function* counted(input: { gate: Int32Array; n: number }): Goroutine<number> {
  const { gate, n } = input;
  const under = Atomics.add(gate, GATE.under, 1) + 1;
  for (let most = Atomics.load(gate, GATE.most); most < under; most = Atomics.load(gate, GATE.most))
    Atomics.compareExchange(gate, GATE.most, most, under);
  for (let i = 0; i < 5; i++) yield* gosched();
  Atomics.sub(gate, GATE.under, 1);
  return n;
});

export const measures = portable(function measures(bytes: Uint8Array): [number, number, string] {
  return [bytes.reduce((sum, byte) => sum + byte, 0), bytes.buffer.byteLength, bytes.constructor.name];
});

export const spoils = portable(function spoils(input: { count: number }): number {
  return ++input.count;
});

const shared = { calls: 0 };
/** Gives the same object again and again. */
export const reuses = portable(function reuses(_: number): { calls: number } {
  shared.calls++;
  return shared;
});

export const leaves = portable(function* leaves(n: number): Goroutine<number> {
  if (n % 5 === 3) goexit();
  return n;
});

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is the point.
export const givesSocket = portable(function givesSocket(n: number): any {
  return n === 3 ? { at: [() => n] } : n;
});

/** Takes so many milliseconds of its core. */
export const works = portable(function works(input: { ms: number; n: number }): [number, number] {
  const end = performance.now() + input.ms;
  while (performance.now() < end);
  return [input.n, runtime.procId()];
});
