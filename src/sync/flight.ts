/**
 * Waiting for a function that runs once, in a goroutine of its own, for all who wait: what Once, onceValue and SingleFlight have in common.
 *
 * It starts when the first operation waits, not when that is made and not in a trySelect; and it runs on when nobody waits any more (a case has lost).
 */
import { type Go, goHere } from "../runtime/kernel.ts";
import {
  BasicOperation,
  type Dependence,
  fail,
  fulfil,
  type Operation,
  type Waited,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";

/** Waits for the goroutine of such a function (a generator function, an async or a plain one); each kind says which it is and what becomes of its end. */
export abstract class Boarding<T> extends BasicOperation<T> implements Waiter {
  /** The goroutine's error is this one's as well. */
  protected observes = true;
  private g: Go | null = null;
  private watching: Operation<unknown> | null = null;

  get reason(): WaitReason {
    return WaitReason.join;
  }

  /** The goroutine to wait for, started by the first who waits. It has not ended. */
  protected abstract board(): Go;

  protected start<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Go {
    return goHere(Boarding.prototype.enqueue, fn as (...args: never[]) => unknown, args);
  }

  /** The result, of the goroutine's. */
  protected abstract land(result: unknown): T;

  enqueue(): void {
    this.g = this.board();
    this.watching = this.g.watch(this, this.observes);
  }

  override dependences(): readonly Dependence[] | null {
    return this.watching === null ? null : this.watching.dependences();
  }

  override waitsOn(): Waited | null {
    return this.watching === null ? null : this.watching.waitsOn();
  }

  dequeue(): void {
    this.watching?.dequeue();
  }

  /** The goroutine has ended. */
  fire(): void {
    const { failed, value } = this.g as Go;
    if (failed && this.observes) {
      this.value = value as T;
      fail(this as Operation<unknown>);
    } else {
      this.value = this.land(value);
      fulfil(this as Operation<unknown>);
    }
  }
}
