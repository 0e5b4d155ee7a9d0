/**
 * Semaphore: a weighted one, first come, first served.
 *
 * Invariants:
 *   I1  0 ≤ held ≤ size.
 *   I2  the first that waits does not fit; so the smaller ones behind it do not overtake it, and it is not starved.
 *
 * Go: golang.org/x/sync/semaphore. Differs: an acquire is given up by losing a select (`ctx.wait(sem.acquire(n))`), not by a context of its own.
 */
import { checkAmount, SemaphoreError } from "../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { win } from "../runtime/contest.ts";
import { currentId } from "../runtime/kernel.ts";
import {
  BasicOperation,
  type Debts,
  fulfil,
  type Op,
  type Operation,
  State,
  type Waited,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Holdings } from "./hold.ts";
import type { Guard } from "./lock.ts";

class AcquireOp extends BasicOperation<Guard> implements Waiting<AcquireOp> {
  private readonly semaphore: Semaphore;
  readonly weight: number;
  before: AcquireOp | null = null;
  behind: AcquireOp | null = null;
  goid = 0;

  constructor(semaphore: Semaphore, weight: number) {
    super();
    this.semaphore = semaphore;
    this.weight = weight;
  }

  get reason(): WaitReason {
    return WaitReason.semacquire;
  }

  poll(): boolean {
    this.goid = currentId();
    if (!this.semaphore.fits(this.weight)) return false;
    this.value = this.semaphore.take(this.weight, this.goid);
    return true;
  }

  enqueue(): void {
    const { semaphore } = this;
    // One that can never fit blocks nobody else.
    if (this.weight > semaphore.size) return;
    if (semaphore.acquireq === null) semaphore.acquireq = alone<AcquireOp>(this);
    else join<AcquireOp>(semaphore.acquireq, this);
  }

  dequeue(): void {
    const { semaphore } = this;
    if (this.weight > semaphore.size) return;
    semaphore.acquireq = left<AcquireOp>(semaphore.acquireq as AcquireOp, this);
  }

  /** It may have been the large one at the front that held the others up. */
  override waitsOn(): Waited {
    const { semaphore } = this;
    const { holdings, size, acquireq } = semaphore;
    return {
      kind: "semaphore",
      thing: semaphore,
      len: holdings.held,
      cap: size,
      recvq: acquireq,
      sendq: null,
    };
  }

  override recycle(): Debts {
    this.semaphore.admit();
    return null;
  }
}

/**
 * A weighted semaphore: at most `size` is held at a time.
 *
 * @example
 * ```ts
 * const connections = new Semaphore(10);
 * function* query(text: string): Goroutine<Row[]> {
 *   using slot = yield* connections.acquire();
 *   return yield* ask(text);
 * }
 * ```
 *
 * Go: golang.org/x/sync/semaphore.Weighted.
 */
export class Semaphore {
  /** @internal */
  readonly size: number;
  /** @internal */
  admitting = false;
  /**
   * Who has waited longest.
   *
   * @internal
   */
  acquireq: AcquireOp | null = null;
  /** @internal */
  readonly holdings: Holdings = new Holdings();

  /**
   * @param n - how much can be held at a time; an integer ≥ 0
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`)
   */
  constructor(n: number) {
    checkAmount("new Semaphore", n, 0);
    this.size = n;
  }

  /**
   * Waits until `n` is free and everybody who came before has been served, and holds it from then on. More than the semaphore's size waits for ever.
   *
   * @param n - how much; an integer ≥ 0
   * @throws InvalidNumberError (a `RangeError`, `GORT_INVALID_NUMBER`), at the call
   */
  acquire(n = 1): Op<Guard> {
    checkAmount("acquire", n, 0);
    return new AcquireOp(this, n);
  }

  /** Holds `n` if it is free and nobody waits; false otherwise. Never waits. */
  tryAcquire(n = 1): boolean {
    checkAmount("tryAcquire", n, 0);
    if (!this.fits(n)) return false;
    this.take(n, currentId());
    return true;
  }

  /**
   * Gives `n` back; any goroutine may do it.
   *
   * @throws SemaphoreError (`GORT_SEMAPHORE`) "semaphore: released more than held"; nothing is given back then
   */
  release(n = 1): void {
    checkAmount("release", n, 0);
    if (n > this.holdings.held) throw new SemaphoreError("semaphore: released more than held");
    this.holdings.byHand(n, currentId());
    this.admit();
  }

  /** @internal */
  fits(weight: number): boolean {
    return this.acquireq === null && this.holdings.held + weight <= this.size;
  }

  /** @internal */
  take(weight: number, goid: number): Guard {
    return this.holdings.take(this, weight, goid);
  }

  /** @internal */
  returned(): void {
    this.admit();
  }

  /**
   * Serves whoever fits, in order. (Completing one may give another one up, and come here again.)
   *
   * @internal
   */
  admit(): void {
    if (this.admitting) return;
    this.admitting = true;
    for (let first = this.acquireq; first !== null; first = this.acquireq) {
      if (this.holdings.held + first.weight > this.size) break;
      if (first.done === State.contested && !win(first as Operation<unknown>)) continue;
      this.acquireq = served(first);
      first.value = this.take(first.weight, first.goid);
      fulfil(first as Operation<unknown>);
    }
    this.admitting = false;
  }

  get [Symbol.toStringTag](): string {
    return "Semaphore";
  }
}
