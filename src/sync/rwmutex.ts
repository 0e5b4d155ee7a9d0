/**
 * RWMutex: many readers or one writer.
 *
 * Invariants:
 *   I1  a writer holds it, or readers do, or nobody.
 *   I2  a reader waits only while a writer holds it or waits.
 *   I3  a writer waits only while somebody holds it.
 *
 * A writer that waits keeps new readers out. A writer that gives the lock back lets in all readers that wait then, and after those the next writer: neither side starves.
 * Go keeps the counts in one word that readers change without a lock; here the two queues say it all.
 *
 * Go: sync/rwmutex.go. Differs: a writer that gives up (its select went another way) lets in the readers that wait behind it.
 */
import { NotLockedError } from "../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { outermost, win } from "../runtime/contest.ts";
import { currentId } from "../runtime/kernel.ts";
import {
  BasicOperation,
  type Debts,
  type Dependence,
  fulfil,
  type Op,
  type Operation,
  State,
  type Waited,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Holdings } from "./hold.ts";
import { FREE, holderOf, type Interrupted } from "./holder.ts";
import { type Guard, Lock, TenureGuard } from "./lock.ts";

/** Of a hold that goes on: nobody sees it. */
const NO_GUARD: Guard = { [Symbol.dispose](): void {} };

const HOLDS = (who: string): string => `a sync.RWMutex that ${who} holds`;
const HOLDS_FOR_READING = (who: string): string => `a sync.RWMutex that ${who} holds for reading`;
const IS_NEXT = (who: string): string => `a sync.RWMutex that ${who} waits to write`;

function heldBy(
  mutex: RWMutex,
  on: readonly number[],
  says: (who: string) => string,
  loose = false,
): Dependence {
  return { on, holds: says !== IS_NEXT, strict: false, loose: loose || mutex.passedOn, says };
}

class WriteOp extends BasicOperation<Guard> implements Waiting<WriteOp> {
  private readonly mutex: RWMutex;
  before: WriteOp | null = null;
  behind: WriteOp | null = null;
  /** The tenure that goes on; null for a new one. */
  readonly interrupted: Interrupted | null;

  constructor(mutex: RWMutex, interrupted: Interrupted | null = null) {
    super();
    this.mutex = mutex;
    this.interrupted = interrupted;
  }

  get reason(): WaitReason {
    return WaitReason.rwMutexLock;
  }

  poll(): boolean {
    if (!this.mutex.isFree) return false;
    const { mutex, interrupted } = this;
    if (interrupted === null) this.value = mutex.write(currentId(), 0);
    else this.value = mutex.write(interrupted.holder, interrupted.tenure);
    return true;
  }

  /** It is given the lock. */
  grant(): void {
    const { interrupted } = this;
    const holder = interrupted?.holder ?? holderOf(outermost(this as Operation<unknown>));
    this.value = this.mutex.write(holder, interrupted?.tenure);
  }

  override waitsOn(): Waited {
    return this.mutex.waited();
  }

  override dependences(): Dependence[] {
    const { writing, holdings } = this.mutex;
    if (writing !== FREE) return [heldBy(this.mutex, [writing], HOLDS)];
    return [heldBy(this.mutex, holdings.holders(), HOLDS_FOR_READING, holdings.passedOn)];
  }

  enqueue(): void {
    const { mutex } = this;
    if (mutex.writeq === null) mutex.writeq = alone<WriteOp>(this);
    else join<WriteOp>(mutex.writeq, this);
    mutex.admit(); // A rival in the same select, a cond.wait, may just have given it back.
  }

  dequeue(): void {
    this.mutex.writeq = left<WriteOp>(this.mutex.writeq as WriteOp, this);
  }

  override recycle(): Debts {
    this.mutex.admit();
    return null;
  }
}

class ReadOp extends BasicOperation<Guard> implements Waiting<ReadOp> {
  private readonly mutex: RWMutex;
  before: ReadOp | null = null;
  behind: ReadOp | null = null;
  goid = 0;
  /** A hold that a cond.wait has interrupted goes on: its guard is there already. */
  readonly goesOn: boolean;

  constructor(mutex: RWMutex, goesOn = false) {
    super();
    this.mutex = mutex;
    this.goesOn = goesOn;
  }

  get reason(): WaitReason {
    return WaitReason.rwMutexRLock;
  }

  poll(): boolean {
    this.goid = currentId();
    if (!this.mutex.isReadable) return false;
    this.value = this.mutex.read(this.goid, this.goesOn);
    return true;
  }

  enqueue(): void {
    const { mutex } = this;
    if (mutex.readq === null) mutex.readq = alone<ReadOp>(this);
    else join<ReadOp>(mutex.readq, this);
    mutex.admit();
  }

  override waitsOn(): Waited {
    return this.mutex.waited();
  }

  override dependences(): Dependence[] {
    const { writing, writeq } = this.mutex;
    if (writing !== FREE) return [heldBy(this.mutex, [writing], HOLDS)];
    if (writeq === null) return []; // Not while it waits (I2).
    return [heldBy(this.mutex, [holderOf(outermost(writeq as Operation<unknown>))], IS_NEXT)];
  }

  dequeue(): void {
    this.mutex.readq = left<ReadOp>(this.mutex.readq as ReadOp, this);
  }
}

/** The reading side of an RWMutex as a lock of its own. */
class ReadLock extends Lock {
  private readonly mutex: RWMutex;

  constructor(mutex: RWMutex) {
    super();
    this.mutex = mutex;
  }

  lock(): Op<Guard> {
    return this.mutex.rLock();
  }

  unlock(): void {
    this.mutex.rUnlock();
  }

  notLocked(): NotLockedError {
    return this.mutex.notReadLocked();
  }

  tenureNow(): number {
    return this.mutex.readTenure();
  }

  /** Whose hold it is need not be known: its guard stays as it is. */
  giveUp(): void {
    this.mutex.returned();
  }

  regain(): Operation<unknown> {
    return new ReadOp(this.mutex, true) as Operation<unknown>;
  }

  get [Symbol.toStringTag](): string {
    return "RWMutex.rLocker";
  }
}

/**
 * A lock that any number of readers hold at once, or one writer. A new one is unlocked.
 *
 * A waiting writer blocks new readers, so a goroutine must not wait for a second read lock while it holds one.
 *
 * Go: sync.RWMutex.
 */
export class RWMutex extends Lock {
  /**
   * The writers that wait.
   *
   * @internal
   */
  writeq: WriteOp | null = null;
  /**
   * The readers that wait.
   *
   * @internal
   */
  readq: ReadOp | null = null;
  /** @internal */
  readonly holdings: Holdings = new Holdings();
  /**
   * The number of the goroutine that holds it alone, as far as that is known (holder.ts), or FREE.
   *
   * @internal
   */
  writing: number = FREE;
  /** @internal */
  readers = 0;
  /** @internal */
  admitting = false;
  /** @internal */
  tenure = 0;
  /** @internal */
  tenures = 0;
  /** @internal */
  reads = 0;
  /**
   * It has been given back, to somebody who waited, by another one than the writer that had got it.
   *
   * @internal
   */
  passedOn = false;

  /** Waits until nobody holds the lock, and holds it alone from then on. */
  lock(): Op<Guard> {
    return new WriteOp(this);
  }

  /** Holds the lock alone if nobody holds it; false when somebody does. Never waits. */
  tryLock(): boolean {
    if (!this.isFree) return false;
    this.write(currentId());
    return true;
  }

  /**
   * Gives the lock back that one holds alone: the readers that wait go first.
   *
   * @throws NotLockedError (`GORT_NOT_LOCKED`) "sync: Unlock of unlocked RWMutex"
   */
  unlock(): void {
    const { writing, readq, writeq } = this;
    if (writing === FREE) throw this.notLocked();
    this.writing = FREE;
    if (readq === null && writeq === null) return;
    if (writing !== currentId()) this.passedOn = true;
    this.admit(true);
  }

  /** Waits until no writer holds the lock or waits, and holds it for reading from then on. */
  rLock(): Op<Guard> {
    return new ReadOp(this);
  }

  /** Holds the lock for reading if no writer holds it or waits; false otherwise. Never waits. */
  tryRLock(): boolean {
    if (!this.isReadable) return false;
    this.read(currentId());
    return true;
  }

  /**
   * Gives back one hold for reading.
   *
   * @throws NotLockedError (`GORT_NOT_LOCKED`) "sync: RUnlock of unlocked RWMutex"
   */
  rUnlock(): void {
    if (this.readers === 0) throw this.notReadLocked();
    this.holdings.byHand(1, currentId());
    this.returned();
  }

  /** The reading side as a lock: its `lock` is `rLock`, its `unlock` is `rUnlock`. Go: RLocker. */
  rLocker(): Lock {
    return new ReadLock(this);
  }

  /** @internal */
  waited(): Waited {
    return { kind: "rwmutex", thing: this, recvq: this.readq, sendq: this.writeq };
  }

  /** @internal */
  get isFree(): boolean {
    return this.writing === FREE && this.readers === 0;
  }

  /** @internal */
  get isReadable(): boolean {
    return this.writing === FREE && this.writeq === null;
  }

  /** @internal */
  write(holder: number, tenure = 0): Guard {
    this.writing = holder;
    this.tenure = tenure === 0 ? ++this.tenures : tenure;
    return new TenureGuard(this, this.tenure);
  }

  /** @internal */
  read(goid: number, goesOn = false): Guard {
    this.readers++;
    return goesOn ? NO_GUARD : this.holdings.take(this, 1, goid);
  }

  /** @internal */
  returned(): void {
    // None: the guard of a hold that a cond.wait has interrupted was disposed by somebody else.
    if (this.readers > 0) this.readers--;
    this.reads++;
    this.admit();
  }

  /**
   * Something has changed: whoever can hold the lock now does. `readersFirst`: past the writers that wait.
   *
   * @internal
   */
  admit(readersFirst = false): void {
    // Completing one may change more, and come here again: the loop sees it.
    if (this.admitting) return;
    this.admitting = true;
    let pastWriters = readersFirst;
    for (;;) {
      const { readq, writeq } = this;
      if (readq !== null && (pastWriters ? this.writing === FREE : this.isReadable)) {
        if (readq.done === State.contested && !win(readq as Operation<unknown>)) continue;
        this.readq = served(readq);
        readq.value = this.read(readq.goid, readq.goesOn);
        fulfil(readq as Operation<unknown>);
      } else if (pastWriters) {
        pastWriters = false;
      } else if (writeq !== null && this.isFree) {
        if (writeq.done === State.contested && !win(writeq as Operation<unknown>)) continue;
        this.writeq = served(writeq);
        writeq.grant();
        fulfil(writeq as Operation<unknown>);
      } else {
        break;
      }
    }
    this.admitting = false;
  }

  /** @internal */
  notLocked(): NotLockedError {
    return new NotLockedError("sync: Unlock of unlocked RWMutex");
  }

  /** @internal */
  notReadLocked(): NotLockedError {
    return new NotLockedError("sync: RUnlock of unlocked RWMutex");
  }

  /** @internal */
  tenureNow(): number {
    return this.writing === FREE ? 0 : this.tenure;
  }

  /** @internal */
  giveUp(): Interrupted {
    const { tenure, writing } = this;
    this.unlock();
    return { tenure, holder: writing };
  }

  /** @internal */
  regain(interrupted: unknown): Operation<unknown> {
    return new WriteOp(this, interrupted as Interrupted) as Operation<unknown>;
  }

  /** @internal */
  readTenure(): number {
    return this.readers === 0 ? 0 : this.reads + 1;
  }

  get [Symbol.toStringTag](): string {
    return "RWMutex";
  }
}
