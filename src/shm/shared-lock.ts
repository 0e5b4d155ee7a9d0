/**
 * A lock in shared memory that is held for as long as one likes: the state of a SharedMutex, and who waits for it.
 *
 * The state is one word: who holds it (machine plus one, 0: nobody), whether anybody waits, and a number that each locking has of its own, its tenure. So to lock and to unlock are one swap each when nobody
 * waits, and a guard gives back its own locking and no other. What a locking is called here, `held`, is the word without the bit.
 *
 * Invariants:
 *   I1  the lock is free only while WAITED is not set: a lock that somebody waits for goes from hand to hand.
 *   I2  while WAITED is set, the state changes only under the list's lock. It is set before a record stands in the list.
 *   I3  the store that decides a waiter's claim and the one that makes it the holder follow each other, and the second is plain (lock.ts): a thread that dies has done both or neither.
 *   I4  `epoch` counts the wraps of the tenure's 22 bits; it changes by the hand of who gives the lock to somebody, before that one can know.
 *
 * Any thread. Not the lock of lock.ts, which is for a few instructions and spins.
 */
import { load, store, swap } from "./atomic.ts";
import { decideClaim, holdClaim, reopenClaim } from "./claim.ts";
import { lock, self, unlock } from "./lock.ts";
import { memoryOf, type Ref, wordOf } from "./region.ts";
import { heirs } from "./shared-heirs.ts";
import { OBJECT } from "./shared-object.ts";
import { alloc } from "./slab.ts";
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

const LOCK = {
  state: OBJECT.words,
  epoch: OBJECT.words + 1,
  lockq: OBJECT.words + 2,
  words: 32,
} as const;

/** Bits of the state. */
const OWNER = (1 << 9) - 1;
const WAITED: number = 1 << 9;
const BUSY: number = OWNER | WAITED;
const ONE_TENURE: number = 1 << 10;

/** What {@link SharedLock.enter} says instead of a locking. */
export const WAITING = 0;
/** The select that it is a case of has been decided meanwhile. It looks like a locking of nobody. */
export const LOST: number = ONE_TENURE;

export class SharedLock {
  readonly ref: Ref;
  private readonly words: Int32Array;
  private readonly at: number;
  private readonly state: number;

  /** Looks at the lock whose header is at `ref`. */
  constructor(ref: Ref) {
    this.ref = ref;
    this.words = memoryOf(ref).words;
    this.at = wordOf(ref);
    this.state = this.at + LOCK.state;
  }

  static make(): Ref {
    const ref = alloc(LOCK.words << 2);
    const { words } = memoryOf(ref);
    const at = wordOf(ref);
    words.fill(0, at, at + LOCK.words);
    return ref;
  }

  /** Takes it if it is free: the locking, else 0. */
  take(): number {
    const { words, state } = this;
    // A plain look: what is stale is found out by the swap, and who has heard of an unlock sees it.
    let before = words[state] as number;
    while ((before & BUSY) === 0) {
      const held = begun(before, self.machine);
      const found = swap(words, state, before, held);
      if (found === before) {
        if (isWrap(held)) this.wrap();
        return held;
      }
      before = found;
    }
    return 0;
  }

  /** Gives it back, whoever holds it: to who has waited longest. False when nobody holds it. */
  release(): boolean {
    const { words, state } = this;
    let before = words[state] as number;
    for (;;) {
      if ((before & OWNER) === 0) return false;
      if ((before & WAITED) !== 0) return this.handOver(0);
      const found = swap(words, state, before, before & ~BUSY);
      if (found === before) return true;
      before = found;
    }
  }

  /** Gives the locking `held` of this thread's back, if it is still the one; {@link epochNow} was `epoch` then. */
  releaseHeld(held: number, epoch: number): void {
    const { words, state } = this;
    if (epoch !== this.epochNow) return;
    const found = swap(words, state, held, held & ~BUSY);
    if (found === (held | WAITED)) this.handOver(held);
  }

  get epochNow(): number {
    return this.words[this.at + LOCK.epoch] as number;
  }

  /** The locking of this moment, 0 when nobody holds it. */
  get heldNow(): number {
    const now = load(this.words, this.state);
    return (now & OWNER) === 0 ? 0 : now & ~WAITED;
  }

  /** Takes it or puts `record` in line: the locking, {@link WAITING} or {@link LOST}. `own` is the claim of a select that others can see already, else 0. */
  enter(record: WaitRecord, own: Ref): number {
    const { words, at } = this;
    lock(words, at);
    const outcome = this.enterLocked(record, own);
    unlock(words, at);
    return outcome;
  }

  private enterLocked(record: WaitRecord, own: Ref): number {
    const { words, at, state } = this;
    for (;;) {
      const before = load(words, state);
      if ((before & OWNER) === 0) {
        if (own !== 0 && !holdClaim(own)) return LOST;
        const held = this.take();
        if (own !== 0) {
          if (held === 0) reopenClaim(own);
          else decideClaim(own);
        }
        if (held !== 0) return held;
      } else if ((before & WAITED) !== 0 || swap(words, state, before, before | WAITED) === before) {
        lineUp(words, at, this.ref, LOCK.lockq, record);
        return WAITING;
      }
    }
  }

  /** To the first in line, if it is held: by the locking `held`, or, for 0, by any. Whether it was. */
  private handOver(held: number): boolean {
    const { words, at, state } = this;
    lock(words, at);
    const before = load(words, state);
    const isHeld = (before & OWNER) !== 0 && (held === 0 || (before & ~WAITED) === held);
    const isDone = isHeld && this.passOn(before);
    unlock(words, at);
    tellServed();
    return isDone;
  }

  /** Under the list's lock. False when another thread has given it back just now. */
  private passOn(before: number): boolean {
    const { words, at, state } = this;
    const ref = (before & WAITED) === 0 ? 0 : nextInLine(words, at, LOCK.lockq, 0);
    // With the bit nobody else changes the state; without it nobody sets it now, but who only unlocks may come between.
    if (ref === 0) return swap(words, state, before, before & ~BUSY) === before;
    const machine = memoryOf(ref).words[wordOf(ref) + WAIT.machine] as number;
    const held = begun(before & ~BUSY, machine);
    const line = at + LOCK.lockq;
    const after = words[line + LIST.first] === words[line + LIST.last] ? held : held | WAITED;
    aboutToServe(ref, held);
    const claim = verdict.claim as Int32Array;
    const claimAt = verdict.at;
    const value = verdict.value;
    verdict.claim = null;
    if (isWrap(held)) this.wrap();
    // I3. It is plain: until the list's lock is given back nobody acts on the state.
    store(claim, claimAt, value);
    words[state] = after;
    serveWait(words, at, ref, held);
    return true;
  }

  private wrap(): void {
    const epoch = this.at + LOCK.epoch;
    store(this.words, epoch, ((this.words[epoch] as number) + 1) | 0);
  }

  /** `dead` has died, and holds it no more. */
  bereave(dead: number): void {
    const { words, at, state } = this;
    lock(words, at);
    const before = load(words, state);
    if ((before & OWNER) === dead + 1) this.passOn(before);
    unlock(words, at);
    tellServed();
  }
}

/** The state when a locking by `machine` follows `free`. */
function begun(free: number, machine: number): number {
  return (free + ONE_TENURE) | 0 | (machine + 1);
}

function isWrap(held: number): boolean {
  return (held & ~BUSY) === 0;
}

heirs[Shared.mutex] = (ref, dead) => void new SharedLock(ref).bereave(dead);
// A waiter that is gone owes nothing: whoever unlocks passes it over.
afterDeath[Shared.mutex] = () => {};
