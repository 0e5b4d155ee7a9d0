/**
 * A function that is called when a time has come, in a goroutine of its own: what stands behind afterFunc.
 *
 * The kernel's timer does not run the program's code: it starts a goroutine. That goroutine's "created by" is who asked for the call, in contrast to Go's,
 * which is the runtime's own function.
 *
 * Go: time/sleep.go (AfterFunc, goFunc).
 */
import { NeverChan } from "../chan/flavors/never.ts";
import type { RecvChan } from "../chan/types.ts";
import { goFor, type Maker, maker, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";
import { dueAfter } from "./timer-chan.ts";

type AnyFunction = (...args: never[]) => unknown;

export class DelayedCall implements Timed {
  place = -1;
  /** It never comes. */
  private isNever = false;
  private readonly fn: AnyFunction;
  private readonly by: Maker;
  /** Made when it is asked for. */
  private never: NeverChan<number> | null = null;

  /** `below` is the function of gort's that the program called. */
  constructor(durationMs: number, fn: AnyFunction, below: AnyFunction) {
    this.fn = fn;
    this.by = maker(below);
    this.start(durationMs);
  }

  /** A call that never comes holds nothing up. */
  get quiet(): boolean {
    return this.isNever;
  }

  get c(): RecvChan<number> {
    this.never ??= new NeverChan<number>();
    return this.never;
  }

  fire(): void {
    goFor(this.by, this.fn, []);
  }

  /** True when the call will not come because of this. */
  stop(): boolean {
    return stopTimer(this);
  }

  /** Starts it anew, whatever it was before; the answer is stop's. */
  restart(durationMs: number): boolean {
    const was = this.place >= 0;
    this.start(durationMs);
    return was;
  }

  private start(durationMs: number): void {
    // How it counts must not change while it is counted.
    stopTimer(this);
    this.isNever = durationMs === Number.POSITIVE_INFINITY;
    startTimer(this, dueAfter(durationMs));
  }
}
