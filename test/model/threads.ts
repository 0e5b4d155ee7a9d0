/**
 * Threads that are generators: each stops before its atomic operations, over words that they share, and goes on when it is told to.
 *
 * A step of a thread is the operation that it stands before, and everything up to its next one. It says which words it has read and written: that is all that explorer.ts looks at.
 *
 * Waiting:
 *   wait    goes to sleep if the word is as expected, and then has a step more, to get up, when it has been woken. Nobody wakes it but `wake`. With a time limit it is a `pause` that has read this word: the limit is over
 *           when nothing else helps, or, of a model that says so, a few times before.
 *   pause   of a loop that spins can be done when a word that the thread has read since its last write or pause is not what it was: before, it would only turn once more.
 */
import type { Races } from "./races.ts";

export const Op = {
  load: 1,
  store: 2,
  add: 3,
  or: 4,
  and: 5,
  exchange: 6,
  swap: 7,
  wake: 8,
  wait: 9,
  pause: 10,
  /** A plain read that is a step. */
  look: 11,
  /** A plain write that is one. */
  put: 14,
  /** Goes on when another thread has ended, by itself or not. */
  hear: 15,
  /** Of one that was woken. */
  getUp: 12,
  /** Waits until the word is 0, and stores: a lock that is taken in one step (bundle.ts, WHOLE_LOCKS). */
  acquire: 13,
} as const;

export type Words = Int32Array | BigInt64Array;
export type Value = number | bigint | string | undefined;
export type Body = Generator<void, unknown, Value>;

/** An access is a word's number times two, plus one if it changes it. A futex's queue counts as a word of its own. */
export type Access = number;

export class Thread {
  readonly index: number;
  body: Body | null = null;
  kind = 0;
  words: Words | null = null;
  at = 0;
  first: Value = undefined;
  second: Value = undefined;
  isDone = false;
  isAsleep = false;
  /** How many steps it has made; and after how many it dies. */
  steps = 0;
  diesAt = Number.POSITIVE_INFINITY;
  value: unknown = undefined;
  /** Naps that may end although nothing has changed. */
  naps = 0;
  /** What it has read since its last write or pause. */
  readonly readWords: Words[] = [];
  readonly readAt: number[] = [];
  readonly readValues: Value[] = [];

  constructor(index: number) {
    this.index = index;
  }

  /** Notes what it is about to do. */
  readonly note = (kind: number, words?: Words, at?: number, first?: Value, second?: Value): void => {
    this.kind = kind;
    this.words = words ?? null;
    this.at = at ?? 0;
    this.first = first;
    this.second = second;
  };
}

const WORDS_AT_MOST = 1 << 20;

export class Threads {
  readonly threads: readonly Thread[];
  readonly races: Races | null;
  /** The step that was made last: what it accessed, what came of it, whom it has woken (a mask), and whether it was that of one that was woken. */
  accesses: Access[] = [];
  result: Value = undefined;
  woken = 0;
  hasRisen = false;
  /** The thread of whose end it has heard; -1: of none. */
  heardOf = -1;
  /** Of the step that was made last: a data race. */
  race = -1;

  constructor(count: number, races: Races | null) {
    this.threads = Array.from({ length: count }, (_, index) => new Thread(index));
    this.races = races;
  }

  /** Begins anew, with these; each goes to its first operation. The first thread dies after `diesAt` steps. */
  begin(bodies: readonly Body[], naps = 0, diesAt = Number.POSITIVE_INFINITY): void {
    this.races?.begin();
    this.race = -1;
    for (const thread of this.threads) {
      thread.body = bodies[thread.index] as Body;
      thread.isDone = thread.isAsleep = false;
      thread.steps = 0;
      thread.diesAt = thread.index === 0 ? diesAt : Number.POSITIVE_INFINITY;
      thread.value = undefined;
      thread.naps = naps;
      forget(thread);
    }
    for (const thread of this.threads) this.advance(thread, undefined);
    if (diesAt === 0) (this.threads[0] as Thread).isDone = true;
  }

  get enabled(): number {
    let mask = 0;
    for (const thread of this.threads) if (this.isEnabled(thread)) mask |= 1 << thread.index;
    return mask;
  }

  get unfinished(): number {
    let mask = 0;
    for (const thread of this.threads) if (!thread.isDone) mask |= 1 << thread.index;
    return mask;
  }

  private isEnabled(thread: Thread): boolean {
    if (thread.isDone || thread.isAsleep) return false;
    if (thread.kind === Op.hear) return (this.threads[thread.first as number] as Thread).isDone;
    if (thread.kind === Op.pause) return thread.readAt.length === 0 || hasChanged(thread);
    if (thread.kind === Op.acquire) return (thread.words as Words)[thread.at] === 0;
    if (isNap(thread)) {
      return thread.naps > 0 || (thread.words as Words)[thread.at] !== thread.first || hasChanged(thread);
    }
    return true;
  }

  /** Whether the thread's next step may have to wait for another one's. */
  mayBlock(index: number): boolean {
    const thread = this.threads[index] as Thread;
    return thread.kind === Op.pause || thread.kind === Op.acquire || isNap(thread);
  }

  /** What a thread would access that waits: what its step depends on. */
  wanted(index: number): Access[] {
    const thread = this.threads[index] as Thread;
    const { kind } = thread;
    const own: Access[] = [];
    if (kind === Op.acquire) own.push((numberOf(thread.words as Words, thread.at) << 1) | 1);
    if (isNap(thread)) own.push(numberOf(thread.words as Words, thread.at) << 1);
    if (kind === Op.pause || isNap(thread)) {
      for (let i = 0; i < thread.readAt.length; i++)
        own.push(numberOf(thread.readWords[i] as Words, thread.readAt[i] as number) << 1);
    }
    return own;
  }

  /** One step of a thread that is enabled. */
  step(index: number): void {
    const thread = this.threads[index] as Thread;
    this.woken = 0;
    this.hasRisen = thread.kind === Op.getUp;
    this.heardOf = -1;
    if (thread.kind === Op.pause || isNap(thread)) {
      this.accesses = this.wanted(index);
      let result: Value;
      if (isNap(thread)) {
        result = (thread.words as Words)[thread.at] === thread.first ? "timed-out" : "not-equal";
        if (result === "timed-out" && thread.naps > 0) thread.naps--;
      }
      forget(thread);
      this.advance(thread, result);
    } else if (thread.kind === Op.hear) {
      this.accesses = [];
      this.heardOf = thread.first as number;
      this.races?.follows(thread.index, this.heardOf);
      this.advance(thread, undefined);
    } else if (thread.kind === Op.getUp) {
      this.accesses = [];
      this.advance(thread, "ok");
    } else {
      const result = this.perform(thread);
      if (!thread.isAsleep) this.advance(thread, result);
      else this.result = "sleeps";
    }
    if (++thread.steps === thread.diesAt) thread.isDone = true;
  }

  private advance(thread: Thread, result: Value): void {
    this.result = result;
    const { done, value } = (thread.body as Body).next(result);
    if (!done) return;
    thread.isDone = true;
    thread.value = value;
  }

  private perform(thread: Thread): Value {
    const words = thread.words as Int32Array;
    const { at, kind } = thread;
    const word = numberOf(words, at);
    if (kind === Op.wake) return this.wake(thread, word);
    const before = words[at] as number;
    if (kind === Op.wait) {
      // The queue also when it does not join it: had it come earlier it might have, and then it is not the same whether a wake comes before or after.
      this.accesses = [word << 1, queueOf(word) << 1];
      this.order(thread.index, word, true, false);
      if (before !== thread.first) return "not-equal";
      thread.isAsleep = true;
      return undefined;
    }
    const writes = kind !== Op.load && kind !== Op.look && (kind !== Op.swap || before === thread.first);
    this.accesses = [(word << 1) | (writes ? 1 : 0)];
    if (kind === Op.look || kind === Op.put) this.found(this.races?.step(thread.index, word, writes));
    else this.order(thread.index, word, kind !== Op.store, writes);
    if (!writes) {
      remember(thread, words, at, before);
      return before;
    }
    forget(thread);
    apply(words, at, kind, before, thread.first as number, thread.second as number);
    return kind === Op.store || kind === Op.put ? (thread.first as number) : before;
  }

  private wake(by: Thread, word: number): number {
    const queue = queueOf(word);
    this.accesses = [(queue << 1) | 1];
    let woken = 0;
    for (const thread of this.threads) {
      if (!thread.isAsleep || numberOf(thread.words as Words, thread.at) !== word) continue;
      if (by.first !== undefined && woken >= (by.first as number)) break;
      thread.isAsleep = false;
      this.woken |= 1 << thread.index;
      thread.kind = Op.getUp;
      this.races?.follows(thread.index, by.index);
      woken++;
    }
    return woken;
  }

  private order(thread: number, word: number, reads: boolean, writes: boolean): void {
    this.found(this.races?.atomic(thread, word, reads, writes));
  }

  private found(race: number | undefined): void {
    if (race !== undefined && race >= 0) this.race = race;
  }

  /** Runs `body` to its end, alone and before the others. */
  static alone<T>(body: Generator<void, T, Value> | T, thread: Thread): T {
    if (!isGenerator(body)) return body;
    for (let result: Value; ; ) {
      const { done, value } = body.next(result);
      if (done) return value as T;
      const words = thread.words as Int32Array;
      if (thread.kind === Op.wake) result = 0;
      else if (thread.kind === Op.pause || thread.kind === Op.wait) throw new Error("it waits for nobody");
      else result = quiet(thread.kind, words, thread.at, thread.first as number, thread.second as number);
    }
  }
}

/** An operation that is no step. */
export function quiet(kind: number, words: Int32Array, at: number, first: number, second: number): Value {
  const before = words[at] as number;
  if (kind === Op.load || kind === Op.look) return before;
  if (kind !== Op.swap || before === first) apply(words, at, kind, before, first, second);
  return kind === Op.store || kind === Op.put ? first : before;
}

function apply(
  words: Int32Array,
  at: number,
  kind: number,
  before: number,
  first: number,
  second: number,
): void {
  if (kind === Op.store || kind === Op.put || kind === Op.exchange || kind === Op.acquire) words[at] = first;
  else if (kind === Op.swap) words[at] = second;
  else if (kind === Op.add) words[at] = before + first;
  else if (kind === Op.or) words[at] = before | first;
  else words[at] = before & first;
}

/** The number of a word: of the first of two for the wider ones. */
export function numberOf(words: Words | Float64Array, at: number): number {
  return words.BYTES_PER_ELEMENT === 4 ? (words.byteOffset >>> 2) + at : (words.byteOffset >>> 2) + 2 * at;
}

function queueOf(word: number): number {
  return WORDS_AT_MOST + word;
}

function isNap(thread: Thread): boolean {
  return thread.kind === Op.wait && thread.second !== undefined;
}

function remember(thread: Thread, words: Words, at: number, value: Value): void {
  thread.readWords.push(words);
  thread.readAt.push(at);
  thread.readValues.push(value);
}

function forget(thread: Thread): void {
  thread.readWords.length = thread.readAt.length = thread.readValues.length = 0;
}

function hasChanged(thread: Thread): boolean {
  for (let i = 0; i < thread.readAt.length; i++) {
    if ((thread.readWords[i] as Words)[thread.readAt[i] as number] !== thread.readValues[i]) return true;
  }
  return false;
}

export function isGenerator(value: unknown): value is Generator<void, unknown, Value> {
  return Object.prototype.toString.call(value) === "[object Generator]";
}
