/**
 * A waiter outside any goroutine: `await op` in an async function or at top level, or `op.then(f)`.
 *
 * It stands in the run queue when its operation is complete, like a goroutine, and calls back when its turn comes: so callbacks never run
 * inside whoever completed the operation, all waiters are served in one order, and async functions that wake each other
 * for ever spend the same slice as goroutines do.
 *
 * It is also the thenable that `then` returns. The promise behind that is made only when somebody asks for it, because `await` never does.
 */
import { alone, join, left, type Waiting } from "../base/waitq.ts";
import { isolation } from "./isolation.ts";
import type { Operation, Waiter } from "./operation.ts";
import { leave, p, type Runnable, readyOutside } from "./processor.ts";
import { slice } from "./slice.ts";
import { State } from "./status.ts";

type Callback = (value: unknown) => unknown;

export class External implements Waiter, Runnable, Waiting<External> {
  readonly op: Operation<unknown>;
  private readonly onFulfilled: Callback | null | undefined;
  private readonly onRejected: Callback | null | undefined;
  private ok = true;
  private outcome: unknown = undefined;
  private settled = false;
  private promise: Promise<unknown> | null = null;
  private settle: ((ok: boolean, value: unknown) => void) | null = null;
  before: External | null = null;
  behind: External | null = null;
  private waiting = false;

  constructor(op: Operation<unknown>, onFulfilled?: Callback | null, onRejected?: Callback | null) {
    this.op = op;
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
  }

  /** It is one of a world apart (isolation.ts). */
  get isApart(): boolean {
    return false;
  }

  /** Its operation is not ready: it counts as waiting, and a dump lists it. */
  enter(): void {
    this.waiting = true;
    if (first === null) first = alone<External>(this);
    else join<External>(first, this);
    count++;
    if (!seen) {
      // The first one of the process: the loop runs once, so that the process's ends are watched.
      seen = true;
      slice.request();
    }
  }

  fire(op: Operation<unknown>): void {
    this.leave();
    this.ok = op.done === State.fulfilled;
    op.done = State.finished;
    this.outcome = this.ok ? op.value : op.failure();
    readyOutside(this);
  }

  /** The operation could not even be waited for. */
  refuse(error: unknown): void {
    this.leave();
    this.ok = false;
    this.outcome = error;
    readyOutside(this);
  }

  run(): void {
    leave();
    // What it wakes goes on in a microtask: the loop makes way for that when it next reads the clock.
    p.owesMicrotasks = true;
    const callback = this.ok ? this.onFulfilled : this.onRejected;
    if (typeof callback === "function") {
      try {
        this.finish(true, callback(this.outcome));
      } catch (error) {
        this.finish(false, error);
      }
    } else {
      this.finish(this.ok, this.outcome);
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: what `then` returns is a PromiseLike.
  then(onFulfilled?: Callback | null, onRejected?: Callback | null): Promise<unknown> {
    return this.asPromise().then(onFulfilled, onRejected);
  }

  catch(onRejected?: Callback | null): Promise<unknown> {
    return this.asPromise().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.asPromise().finally(onFinally);
  }

  /** It waits no longer. */
  protected leave(): void {
    if (!this.waiting) return;
    this.waiting = false;
    first = left<External>(first as External, this);
    count--;
  }

  private finish(ok: boolean, value: unknown): void {
    this.settled = true;
    this.ok = ok;
    this.outcome = value;
    if (this.settle !== null) this.settle(ok, value);
    // Nobody asked for the promise so far: an error must still become an unhandled rejection, as with any promise.
    else if (!ok) void this.asPromise();
  }

  private asPromise(): Promise<unknown> {
    if (this.promise !== null) return this.promise;
    this.promise = new Promise((resolve, reject) => {
      if (this.settled) {
        if (this.ok) resolve(this.outcome);
        else reject(this.outcome);
      } else {
        this.settle = (ok, value) => (ok ? resolve(value) : reject(value));
      }
    });
    return this.promise;
  }
}

let first: External | null = null;
let count = 0;
let seen = false;

/** The number of waiters outside any goroutine. */
export function externalCount(): number {
  return count;
}

/** Those waiters, oldest first: those of the world that is entered (isolation.ts). */
export function externals(): External[] {
  const list: External[] = [];
  const { world } = isolation;
  for (let e = first; e !== null; e = e.behind)
    if (world === null ? !e.isApart : world.hosts(e)) list.push(e);
  return list;
}
