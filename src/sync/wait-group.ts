/**
 * WaitGroup: waits until a count comes down to zero.
 *
 * Invariant: waitq is empty while the counter is zero. All who wait are let go together, before anything else runs, so a group can be used again at once: Go's
 * "WaitGroup is reused before previous Wait has returned" cannot happen.
 *
 * Go: sync/waitgroup.go.
 */
import { checkAmount, NegativeCounterError } from "../base/errors.ts";
import { alone, join, left, served, type Waiting } from "../base/waitq.ts";
import { goFrom, type Handle } from "../runtime/kernel.ts";
import {
  BasicOperation,
  fulfil,
  type Op,
  type Operation,
  type Park,
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";

class GroupWait extends BasicOperation<void> implements Waiting<GroupWait> {
  private readonly group: WaitGroup;
  before: GroupWait | null = null;
  behind: GroupWait | null = null;

  constructor(group: WaitGroup) {
    super();
    this.group = group;
  }

  get reason(): WaitReason {
    return WaitReason.waitGroupWait;
  }

  poll(): boolean {
    return this.group.counter === 0;
  }

  enqueue(): void {
    const { group } = this;
    if (group.waitq === null) group.waitq = alone<GroupWait>(this);
    else join<GroupWait>(group.waitq, this);
  }

  override waitsOn(): Waited {
    return {
      kind: "waitgroup",
      thing: this.group,
      len: this.group.counter,
      recvq: this.group.waitq,
      sendq: null,
    };
  }

  dequeue(): void {
    this.group.waitq = left<GroupWait>(this.group.waitq as GroupWait, this);
  }
}

/**
 * Waits for a number of goroutines (or of anything else) to be done.
 *
 * @example
 * ```ts
 * const wg = new WaitGroup();
 * for (const url of urls) wg.go(fetchOne, url);
 * yield* wg.wait();
 * ```
 *
 * Go: sync.WaitGroup.
 */
export class WaitGroup {
  /** @internal */
  counter = 0;
  /**
   * Who waits.
   *
   * @internal
   */
  waitq: GroupWait | null = null;
  /**
   * Learns that a goroutine of the group has ended; its error is none of the group's business.
   *
   * @internal
   */
  readonly ended: Waiter = { fire: () => this.done() };

  /**
   * Adds `n`, which may be negative, to the counter. At zero all who wait go on.
   *
   * @param n - an integer
   * @throws NegativeCounterError (`GORT_NEGATIVE_COUNTER`) "sync: negative WaitGroup counter"; the counter stays as it was
   */
  add(n: number): void {
    checkAmount("WaitGroup.add", n, Number.NEGATIVE_INFINITY);
    const counter = this.counter + n;
    if (counter < 0) throw new NegativeCounterError("sync: negative WaitGroup counter");
    checkAmount("the counter of a WaitGroup", counter, 0);
    this.counter = counter;
    // One who is let go may wake a select whose rival waits here as well: hence one by one.
    while (this.counter === 0 && this.waitq !== null) {
      const first = this.waitq;
      this.waitq = served(first);
      fulfil(first as Operation<unknown>);
    }
  }

  /** Takes one from the counter. Throws NegativeCounterError when it is zero. */
  done(): void {
    this.add(-1);
  }

  /** Waits until the counter is zero. Any number may wait, and the group may then be used again. */
  wait(): Op<void> {
    return new GroupWait(this);
  }

  /**
   * Starts a goroutine that the group waits for: `add(1)`, and `done()` when it ends, in whatever way.
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
    const g = goFrom(WaitGroup.prototype.go, fn, args);
    this.add(1);
    g.watch(this.ended, false);
    return g;
  }

  get [Symbol.toStringTag](): string {
    return "WaitGroup";
  }
}
