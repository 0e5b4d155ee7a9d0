/**
 * One run of a program under a schedule: who runs next, who gives way and what a select takes is asked of a strategy, and written down.
 *
 * A goroutine can be interrupted wherever the runtime could: at every operation that it waits for, also one that takes effect at once. What is between two of them nobody interrupts.
 */
import type { Operation } from "../runtime/operation.ts";
import { p } from "../runtime/processor.ts";
import type { Decider } from "./job.ts";
import type { Choices } from "./schedule.ts";

/** What a choice is about. */
export const Choice = {
  /** An operation took effect at once: 0 goes on, others give way to who is at that place, less one, in the run queue. */
  goOn: 0,
  /** Who runs next: a place in the run queue. */
  next: 1,
  /** Which case of a select is looked at. */
  random: 2,
} as const;

/** Makes the choices of one run after another. */
export interface Strategy {
  /** A run begins: its number, from 0. False: there is no further one. */
  begin(run: number): boolean;
  /** One of `count` ≥ 2. */
  pick(what: number, count: number): number;
  /** The run that has begun last is over. */
  end(attempt: Attempt): void;
}

/** The number of the goroutine at a place of the run queue; 0 for async code. */
export function idAt(place: number): number {
  const slot = p.runq.at(place) as number;
  return slot < 0 ? 0 : (p.slots[slot]?.id ?? 0);
}

/** More cases than this are not chosen one by one. */
const MOST_CASES = 64;

export class Attempt implements Decider, Choices {
  readonly choices: number[] = [];
  readonly counts: number[] = [];
  readonly kinds: number[] = [];
  hash = 0;
  /** How long it was; written when it is over. */
  extent = "";
  /** A choice was asked for that there was not. */
  isMisfit = false;
  watcher: Decider["watcher"] = null;
  /** Sees the operations that took effect at once. */
  onReady: ((op: Operation<unknown>, givesWay: boolean) => void) | null = null;
  private strategy: Strategy;
  private pending = -1;
  private noise = 1;

  constructor(strategy: Strategy) {
    this.strategy = strategy;
  }

  /** For the next run. */
  restart(strategy: Strategy): this {
    this.strategy = strategy;
    this.choices.length = 0;
    this.counts.length = 0;
    this.kinds.length = 0;
    this.hash = 0;
    this.isMisfit = false;
    this.pending = -1;
    this.noise = 1;
    return this;
  }

  givesWay(op: Operation<unknown>): boolean {
    const others = p.runq.size;
    const choice = others === 0 ? 0 : this.pick(Choice.goOn, others + 1);
    if (this.onReady !== null) this.onReady(op, choice > 0);
    if (choice === 0) return false;
    this.pending = choice - 1;
    return true;
  }

  next(count: number): number {
    const { pending } = this;
    if (pending < 0) return this.pick(Choice.next, count);
    this.pending = -1;
    return pending;
  }

  choose(n: number): number {
    if (n < 2) return 0;
    if (n <= MOST_CASES) return this.pick(Choice.random, n);
    this.noise = (Math.imul(this.noise, 1_664_525) + 1_013_904_223) | 0;
    return (this.noise >>> 0) % n;
  }

  private pick(what: number, count: number): number {
    let choice = this.strategy.pick(what, count);
    if (choice >= count) {
      this.isMisfit = true;
      choice = 0;
    }
    this.choices.push(choice);
    this.counts.push(count);
    this.kinds.push(what);
    this.hash = (Math.imul(this.hash, 31) + count * 4 + what + 1) | 0;
    return choice;
  }
}
