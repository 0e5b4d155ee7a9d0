/**
 * A host whose time stands still until a test moves it: the runtime's clock and the host's setTimeout, both.
 *
 * Import it before anything that makes a timer; a test file is a process of its own.
 */
import { clock } from "#src/runtime/clock.ts";

class HostTimer {
  readonly run: () => void;
  readonly at: number;
  readonly delay: number;
  referenced = true;
  over = false;

  constructor(run: () => void, at: number, delay: number) {
    this.run = run;
    this.at = at;
    this.delay = delay;
  }

  ref(): this {
    this.referenced = true;
    return this;
  }

  unref(): this {
    this.referenced = false;
    return this;
  }
}

export class FakeHost {
  now = 1000;
  /** Armed so far; `over` when they fired or were cleared. */
  timers: HostTimer[] = [];
  private readonly real = {
    read: clock.read,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };

  /** From here on time stands still. */
  install(): void {
    clock.read = () => this.now;
    globalThis.setTimeout = ((run: () => void, delay = 1) => {
      const timer = new HostTimer(run, this.now + delay, delay);
      this.timers.push(timer);
      return timer;
    }) as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer: unknown) => {
      if (timer instanceof HostTimer) timer.over = true;
    }) as typeof clearTimeout;
  }

  restore(): void {
    clock.read = this.real.read;
    globalThis.setTimeout = this.real.setTimeout;
    globalThis.clearTimeout = this.real.clearTimeout;
  }

  get armed(): HostTimer[] {
    return this.timers.filter((timer) => !timer.over);
  }

  /** Moves time to `at`; host timers fire on the way, each `earlyMs` before it is due, as hosts do. */
  moveTo(at: number, earlyMs = 0): void {
    for (let fired = 0; ; fired++) {
      if (fired > 10_000) throw new Error("a host timer is armed again and again without time passing");
      const next = this.armed.sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > at) break;
      next.over = true;
      this.now = Math.max(this.now, next.at - earlyMs);
      next.run();
    }
    this.now = at;
  }
}
