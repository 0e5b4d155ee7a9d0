/**
 * Permits in shared memory: how much of a SharedSemaphore is held, by which machine, and who waits.
 *
 * Invariants:
 *   I1  0 ≤ held ≤ size; `held` is the sum of the machines' accounts (shared-account.ts).
 *   I2  when nobody is just changing it, the first in line does not fit; the smaller ones behind it do not overtake it.
 *   I3  everything changes under the object's lock, and what belongs together by straight-line code: a thread that dies has done all of it or nothing.
 *
 * Amounts are doubles: exact up to 2^53.
 */
import { store } from "./atomic.ts";
import { decideClaim, holdClaim, reopenClaim } from "./claim.ts";
import { lock, unlock } from "./lock.ts";
import { memoryOf, type Ref, wordOf } from "./region.ts";
import { accountOf, amountAt, amounts, freeAccounts, nextAccount, ownAccount } from "./shared-account.ts";
import { heirs } from "./shared-heirs.ts";
import { OBJECT } from "./shared-object.ts";
import { alloc, free } from "./slab.ts";
import {
  aboutToServe,
  afterDeath,
  LIST,
  lineUp,
  nextInLine,
  Shared,
  serveWait,
  tellServed,
  verdict,
  WAIT,
  type WaitRecord,
} from "./wait.ts";

const PERMITS = {
  /** Two doubles. */
  size: OBJECT.words,
  held: OBJECT.words + 2,
  acquireq: OBJECT.words + 4,
  accounts: OBJECT.words + 7,
  words: 32,
} as const;

/** Words of a waiter's record: how much, as a double; the account of its machine. */
const WEIGHT: number = WAIT.first;
const ACCOUNT: number = WAIT.message;

/** What came of {@link SharedPermits.enter}. */
export const Entry = { waiting: 0, taken: 1, lost: 2 } as const;

export class SharedPermits {
  readonly ref: Ref;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly at: number;
  private readonly held: number;
  /** This machine's account; 0 until it is needed. */
  private account: Ref = 0;

  constructor(ref: Ref) {
    const { words, doubles } = memoryOf(ref);
    this.ref = ref;
    this.words = words;
    this.doubles = doubles;
    this.at = wordOf(ref);
    this.held = (this.at + PERMITS.held) >>> 1;
  }

  static make(size: number): Ref {
    const ref = alloc(PERMITS.words << 2);
    const { words, doubles } = memoryOf(ref);
    const at = wordOf(ref);
    words.fill(0, at, at + PERMITS.words);
    doubles[(at + PERMITS.size) >>> 1] = size;
    return ref;
  }

  dispose(): void {
    freeAccounts(this.words, this.at, PERMITS.accounts);
    free(this.ref);
  }

  get size(): number {
    return this.doubles[(this.at + PERMITS.size) >>> 1] as number;
  }

  private get own(): Ref {
    if (this.account === 0) this.account = ownAccount(this.words, this.at, PERMITS.accounts);
    return this.account;
  }

  /** How much this machine's goroutines hold: a moment's answer. */
  get ownAmount(): number {
    const { own } = this;
    return amounts(own)[amountAt(own)] as number;
  }

  /** Takes `weight` if it is free and nobody waits. */
  take(weight: number): boolean {
    const { words, at, own } = this;
    lock(words, at);
    const fits = this.fits(weight);
    if (fits) this.move(own, weight);
    unlock(words, at);
    return fits;
  }

  /** Takes `weight` or puts `record` in line: one of {@link Entry}. `claim` is that of a select that others can see already, else 0. {@link tellServed} is to follow. */
  enter(record: WaitRecord, claim: Ref, weight: number): number {
    const { words, at, own } = this;
    memoryOf(record.ref).doubles[(record.at + WEIGHT) >>> 1] = weight;
    record.words[record.at + ACCOUNT] = own;
    lock(words, at);
    const outcome = this.enterLocked(record, claim, weight);
    unlock(words, at);
    return outcome;
  }

  private enterLocked(record: WaitRecord, claim: Ref, weight: number): number {
    const { words, at } = this;
    if (this.fits(weight)) {
      if (claim !== 0 && !holdClaim(claim)) return Entry.lost;
      this.move(this.own, weight);
      if (claim !== 0) decideClaim(claim);
      return Entry.taken;
    }
    lineUp(words, at, this.ref, PERMITS.acquireq, record);
    // Those before it may have been decided otherwise, and not left yet.
    this.settleLocked();
    return Entry.waiting;
  }

  /** Gives back `weight`, whoever has it: this machine's own first. False when less is held, and then nothing comes back. {@link tellServed} is to follow. */
  release(weight: number): boolean {
    const { words, at, own } = this;
    lock(words, at);
    const isHeld = weight <= (this.doubles[this.held] as number);
    if (isHeld) {
      let rest = weight - this.giveBack(own, weight);
      for (let ref = words[at + PERMITS.accounts] as Ref; rest > 0 && ref !== 0; ref = nextAccount(ref)) {
        rest -= this.giveBack(ref, rest);
      }
      this.settleLocked();
    }
    unlock(words, at);
    return isHeld;
  }

  /** Gives back what this machine has, and no more than `weight`. */
  releaseOwn(weight: number): void {
    const { words, at, own } = this;
    lock(words, at);
    this.giveBack(own, weight);
    this.settleLocked();
    unlock(words, at);
    tellServed();
  }

  /** Serves those who fit. */
  settle(): void {
    const { words, at } = this;
    lock(words, at);
    this.settleLocked();
    unlock(words, at);
    tellServed();
  }

  private fits(weight: number): boolean {
    return (this.words[this.at + PERMITS.acquireq + LIST.first] as Ref) === 0 && this.hasRoom(weight);
  }

  private hasRoom(weight: number): boolean {
    return (this.doubles[this.held] as number) + weight <= this.size;
  }

  /** `weight` more for the account of `ref`. */
  private move(ref: Ref, weight: number): void {
    const { doubles, held } = this;
    const of = amounts(ref);
    const i = amountAt(ref);
    const amount = (of[i] as number) + weight;
    const sum = (doubles[held] as number) + weight;
    // I3.
    of[i] = amount;
    doubles[held] = sum;
  }

  private giveBack(ref: Ref, weight: number): number {
    const back = Math.min(weight, amounts(ref)[amountAt(ref)] as number);
    this.move(ref, -back);
    return back;
  }

  private settleLocked(): void {
    const { words, at } = this;
    while ((words[at + PERMITS.acquireq + LIST.first] as Ref) !== 0) {
      const ref = nextInLine(words, at, PERMITS.acquireq, 0);
      if (ref === 0) return;
      const memory = memoryOf(ref);
      const record = wordOf(ref);
      const weight = memory.doubles[(record + WEIGHT) >>> 1] as number;
      if (!this.hasRoom(weight)) {
        reopenClaim(memory.words[record + WAIT.claim] as Ref);
        return;
      }
      this.grant(ref, weight, memory.words[record + ACCOUNT] as Ref);
    }
  }

  private grant(ref: Ref, weight: number, account: Ref): void {
    const { words, at, doubles, held } = this;
    const of = amounts(account);
    const i = amountAt(account);
    const amount = (of[i] as number) + weight;
    const sum = (doubles[held] as number) + weight;
    aboutToServe(ref, Entry.taken);
    const claim = verdict.claim as Int32Array;
    const claimAt = verdict.at;
    const value = verdict.value;
    verdict.claim = null;
    // I3: the atomic one comes first.
    store(claim, claimAt, value);
    of[i] = amount;
    doubles[held] = sum;
    serveWait(words, at, ref, Entry.taken);
  }

  /** `dead` has died, and holds nothing any more. */
  bereave(dead: number): void {
    const { words, at } = this;
    const account = accountOf(words, at, PERMITS.accounts, dead);
    lock(words, at);
    if (account !== 0) this.giveBack(account, Number.POSITIVE_INFINITY);
    this.settleLocked();
    unlock(words, at);
    tellServed();
  }
}

heirs[Shared.semaphore] = (ref, dead) => void new SharedPermits(ref).bereave(dead);
afterDeath[Shared.semaphore] = (ref) => new SharedPermits(ref).settle();
