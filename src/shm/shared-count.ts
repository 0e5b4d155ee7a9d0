/**
 * A count in shared memory, and who waits for it to be zero: a SharedWaitGroup.
 *
 * Invariants:
 *   I1  counter ≥ 0; nobody waits while it is zero, but for who is just being let go.
 *   I2  a machine's account (shared-account.ts) is how much of the count is for goroutines that it watches: they cannot be counted down any more when it dies.
 *   I3  everything changes under the object's lock, and what belongs together by straight-line code.
 *
 * Amounts are doubles: exact up to 2^53.
 */

import { decideClaim, holdClaim } from "./claim.ts";
import { lock, unlock } from "./lock.ts";
import { memoryOf, type Ref, wordOf } from "./region.ts";
import { accountOf, amountAt, amounts, freeAccounts, ownAccount } from "./shared-account.ts";
import { heirs } from "./shared-heirs.ts";
import { OBJECT } from "./shared-object.ts";
import { alloc, free } from "./slab.ts";
import {
  afterDeath,
  LIST,
  lineUp,
  nextInLine,
  Shared,
  serveWait,
  tellServed,
  type WaitRecord,
} from "./wait.ts";

const COUNT = {
  /** A double. */
  counter: OBJECT.words,
  waitq: OBJECT.words + 2,
  accounts: OBJECT.words + 5,
  words: 32,
} as const;

/** What came of {@link SharedCount.enter}. */
export const Entry = { waiting: 0, zero: 1, lost: 2 } as const;

export class SharedCount {
  readonly ref: Ref;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly at: number;
  private readonly counter: number;
  /** This machine's account; 0 until it is needed. */
  private account: Ref = 0;

  constructor(ref: Ref) {
    const { words, doubles } = memoryOf(ref);
    this.ref = ref;
    this.words = words;
    this.doubles = doubles;
    this.at = wordOf(ref);
    this.counter = (this.at + COUNT.counter) >>> 1;
  }

  static make(): Ref {
    const ref = alloc(COUNT.words << 2);
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    words.fill(0, at, at + COUNT.words);
    return ref;
  }

  dispose(): void {
    freeAccounts(this.words, this.at, COUNT.accounts);
    free(this.ref);
  }

  get isZero(): boolean {
    const { words, at } = this;
    lock(words, at);
    const isZero = this.doubles[this.counter] === 0;
    unlock(words, at);
    return isZero;
  }

  /** Adds `n`. The count that would be: when that is no safe integer ≥ 0 nothing has changed. */
  add(n: number): number {
    const { words, at } = this;
    lock(words, at);
    this.settleLocked();
    const counter = (this.doubles[this.counter] as number) + n;
    if (counter >= 0 && counter <= Number.MAX_SAFE_INTEGER) {
      this.doubles[this.counter] = counter;
      if (counter === 0) this.settleLocked();
    }
    unlock(words, at);
    tellServed();
    return counter;
  }

  /** One more is watched on this machine, or, for -1, one less; it has been added, or is to be taken off. */
  watch(n: number): void {
    const { words, at } = this;
    if (this.account === 0) this.account = ownAccount(words, at, COUNT.accounts);
    const of = amounts(this.account);
    const i = amountAt(this.account);
    lock(words, at);
    of[i] = (of[i] as number) + n;
    unlock(words, at);
  }

  /** Puts `record` in line, unless the count is zero: one of {@link Entry}. `own` is the claim of a select that others can see already, else 0. */
  enter(record: WaitRecord, own: Ref): number {
    const { words, at } = this;
    lock(words, at);
    let outcome: number = Entry.waiting;
    if (this.doubles[this.counter] !== 0) {
      lineUp(words, at, this.ref, COUNT.waitq, record);
    } else if (own === 0) {
      outcome = Entry.zero;
    } else if (holdClaim(own)) {
      decideClaim(own);
      outcome = Entry.zero;
    } else {
      outcome = Entry.lost;
    }
    unlock(words, at);
    return outcome;
  }

  /** Lets all go if the count is zero; also those whom a thread that died was letting go. */
  private settleLocked(): void {
    const { words, at } = this;
    if (this.doubles[this.counter] !== 0 || (words[at + COUNT.waitq + LIST.first] as Ref) === 0) return;
    for (;;) {
      const ref = nextInLine(words, at, COUNT.waitq, 0);
      if (ref === 0) return;
      serveWait(words, at, ref, Entry.zero);
    }
  }

  settle(): void {
    const { words, at } = this;
    lock(words, at);
    this.settleLocked();
    unlock(words, at);
    tellServed();
  }

  /** `dead` has died: those whom it watched are over, or run on for nobody. */
  bereave(dead: number): void {
    const { words, at, doubles, counter } = this;
    const account = accountOf(words, at, COUNT.accounts, dead);
    if (account === 0) return;
    const of = amounts(account);
    const i = amountAt(account);
    lock(words, at);
    const left = Math.max(0, (doubles[counter] as number) - (of[i] as number));
    of[i] = 0;
    doubles[counter] = left;
    this.settleLocked();
    unlock(words, at);
    tellServed();
  }
}

heirs[Shared.waitGroup] = (ref, dead) => void new SharedCount(ref).bereave(dead);
afterDeath[Shared.waitGroup] = (ref) => new SharedCount(ref).settle();
