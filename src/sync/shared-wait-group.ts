/**
 * SharedWaitGroup: waits on any core until a count, which any core changes, comes down to zero.
 *
 * The count is in shared memory (shm/shared-count.ts).
 *
 * Go: sync/waitgroup.go. Differs: goroutines that a core had started with `go` are counted down when it dies.
 */

import { checkAmount, NegativeCounterError } from "../base/errors.ts";
import { showAs } from "../base/shown.ts";
import type { SharedReference } from "../portable/sendable.ts";
import { goFrom, type Handle } from "../runtime/kernel.ts";
import {
  type Op,
  type Operation,
  type Park,
  type Parkable,
  probe,
  State,
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { Entered, SharedOperation } from "../runtime/shared-operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Ref } from "../shm/region.ts";
import { Entry, SharedCount } from "../shm/shared-count.ts";
import { disposers } from "../shm/shared-object.ts";
import { Shared, type WaitRecord } from "../shm/wait.ts";
import { headerFor, registerShared } from "./shared-arrival.ts";

/** The tag of one in a message. */
const TAG = 3;

class SharedGroupWait extends SharedOperation<void> {
  done: number = State.fresh;
  value: undefined = undefined;
  owner: Parkable | Waiter | null = null;
  record: WaitRecord | null = null;
  private readonly inner: SharedCount;

  constructor(inner: SharedCount) {
    super();
    this.inner = inner;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  get object(): number {
    return Shared.waitGroup;
  }

  override waitsOn(): Waited {
    return { kind: "waitgroup", thing: this.inner.ref };
  }

  get reason(): WaitReason {
    return WaitReason.waitGroupWait;
  }

  poll(): boolean {
    return this.inner.isZero;
  }

  protected enter(record: WaitRecord, own: Ref): number {
    const outcome = this.inner.enter(record, own);
    if (outcome === Entry.waiting) return Entered.waiting;
    return outcome === Entry.lost ? Entered.over : Entered.fulfilled;
  }

  protected land(): boolean {
    return true;
  }
}

/**
 * Waits for a number of goroutines (or of anything else) on all cores to be done.
 *
 * It can be sent: through a shared channel, or as an argument of a portable goroutine.
 *
 * @example
 * ```ts
 * const wg = new SharedWaitGroup();
 * for (const part of parts) wg.go(count, part); // a portable goroutine: runs on whichever core is free
 * yield* wg.wait();
 * ```
 *
 * Go: sync.WaitGroup.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the mark is a type, and need not be there at run time.
export class SharedWaitGroup {
  /** @internal */
  readonly inner: SharedCount;
  /**
   * Learns that a goroutine of the group has ended; its error is none of the group's business.
   *
   * @internal
   */
  readonly ended: Waiter = {
    fire: () => {
      this.inner.watch(-1);
      this.done();
    },
  };

  constructor() {
    this.inner = new SharedCount(headerFor(this, Shared.waitGroup, SharedCount.make));
  }

  /**
   * Adds `n`, which may be negative, to the counter. At zero all who wait go on, on all cores.
   *
   * @param n - an integer
   * @throws NegativeCounterError (`GORT_NEGATIVE_COUNTER`) "sync: negative WaitGroup counter"; the counter stays as it was
   */
  add(n: number): void {
    checkAmount("WaitGroup.add", n, Number.NEGATIVE_INFINITY);
    const counter = this.inner.add(n);
    if (counter < 0) throw new NegativeCounterError("sync: negative WaitGroup counter");
    checkAmount("the counter of a WaitGroup", counter, 0);
  }

  /** Takes one from the counter. Throws NegativeCounterError when it is zero. */
  done(): void {
    this.add(-1);
  }

  /** Waits until the counter is zero. Any number may wait, and the group may then be used again. */
  wait(): Op<void> {
    return new SharedGroupWait(this.inner);
  }

  /**
   * Starts a goroutine that the group waits for: `add(1)`, and `done()` when it ends, in whatever way. One of a portable function runs on whichever core is free.
   *
   * Its error is not the group's: it goes to whoever waits for the handle, and is a panic if nobody does. See Group for the other way.
   *
   * Go: WaitGroup.Go.
   */
  go<A extends unknown[], R>(fn: (...args: A) => Generator<Park, R, unknown>, ...args: A): Handle<R>;
  go<A extends unknown[], R>(fn: (...args: A) => PromiseLike<R>, ...args: A): Handle<R>;
  go<A extends unknown[], R>(
    fn: (...args: A) => R extends Generator<unknown, unknown, unknown> ? never : R,
    ...args: A
  ): Handle<R>;
  go(fn: (...args: never[]) => unknown, ...args: unknown[]): Handle<unknown> {
    const g = goFrom(SharedWaitGroup.prototype.go, fn, args);
    this.add(1);
    this.inner.watch(1);
    g.watch(this.ended, false);
    return g;
  }

  get [Symbol.toStringTag](): string {
    return "SharedWaitGroup";
  }
}

export interface SharedWaitGroup extends SharedReference {}

disposers[Shared.waitGroup] = (ref) => new SharedCount(ref).dispose();

registerShared(TAG, SharedWaitGroup, () => new SharedWaitGroup());

showAs(SharedWaitGroup.prototype, () => "SharedWaitGroup {}");
