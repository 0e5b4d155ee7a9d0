/** What a model's program has: how it is described, what it tells the reports, and how it says that something must be so. */
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home, type Ref, wordOf } from "#src/shm/region.ts";

/** A model: `prepare` and each thread's outer function run alone, then what those have given runs in all orders, then `check`. */
export interface Model<T> {
  /** On the first thread's machine. */
  readonly prepare?: () => void;
  /** Each on a machine of its own. */
  readonly threads: readonly (() => () => T)[];
  /** On the first thread's machine, with what the threads have returned. Throws when that must not be. */
  readonly check: (results: T[]) => void;
  /** How many naps of each thread may end although nothing has changed. */
  readonly naps?: number;
  /** The first thread dies: tried for each of its first so many steps. */
  readonly deaths?: number;
}

/** Waits until the thread of that number has ended. (What it does is in threads.ts: this is only its name.) */
export function hear(_words: null, _at: 0, _thread: number): void {}

/** Names of words, for reports. */
export const labels: {
  readonly at: number;
  readonly words: number;
  readonly name: string;
  readonly fields: Readonly<Record<string, number>>;
}[] = [];

/** The block at `ref` is called `name`, and has these words. */
export function label(
  ref: Ref,
  words: number,
  name: string,
  fields: Readonly<Record<string, number>> = {},
): void {
  labels.push({ at: wordOf(ref), words, name, fields });
}

/** Words that no machine uses: to hand things to threads before they run. */
function slotAt(slot: number): number {
  return machineAt(31) + MACHINE.runqSlots + slot;
}

export function publish(slot: number, ref: Ref): void {
  home().words[slotAt(slot)] = ref;
}

export function published(slot: number): Ref {
  return home().words[slotAt(slot)] as Ref;
}

/** Throws unless it is so. */
export function expect(isSo: boolean, what: string, ...seen: unknown[]): void {
  if (!isSo) throw new Error(`${what}${seen.length === 0 ? "" : `: ${JSON.stringify(seen)}`}`);
}

/** These items, each once, in any order. */
export function expectAll(got: readonly number[], wanted: readonly number[], what: string): void {
  const one = [...got].sort((a, b) => a - b);
  const other = [...wanted].sort((a, b) => a - b);
  expect(one.length === other.length && one.every((item, i) => item === other[i]), what, got, wanted);
}

/** Those of each sender, whom the tens tell apart, come in the order in which they were sent. */
export function expectOrder(got: readonly number[], what: string): void {
  const last: number[] = [];
  for (const item of got) {
    const sender = Math.floor(item / 10);
    expect((last[sender] ?? -1) < item, what, got);
    last[sender] = item;
  }
}
