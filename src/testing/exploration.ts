/**
 * The attempts of an exploration, one after another, in one world.
 *
 * Which come is said by a plan: a generator that yields attempts and is given what came of them.
 */

import { DeadlockError } from "../base/errors.ts";
import { forgetSites } from "../runtime/go.ts";
import { ownStacks } from "../runtime/traceback.ts";
import { graphText } from "../runtime/wait-graph.ts";
import type { Attempt } from "./attempt.ts";
import { LivelockError } from "./errors.ts";
import type { Job, Outcome } from "./job.ts";
import { networkOfBubble } from "./no-network.ts";
import type { Suspects } from "./suspects.ts";
import { World } from "./world.ts";

type AnyFunction = (...args: never[]) => unknown;

/** An attempt that is to be run. */
export interface Order {
  readonly attempt: Attempt;
  /** Stacks are to say where goroutines were made. */
  readonly detailed: boolean;
  readonly suspects: Suspects | null;
}

/** Says which attempt comes next, and hears what came of each. */
export type Plan<R> = Generator<Order, R, Outcome>;

type End<R> = { readonly ok: true; readonly result: R } | { readonly ok: false; readonly error: unknown };

class Exploration<R> implements Job {
  world: World = null as never;
  private readonly main: AnyFunction;
  private readonly maxSteps: number;
  private readonly plan: Plan<R>;
  private readonly settle: (end: End<R>) => void;
  private current: Order | null = null;
  private outcome: Outcome | null = null;
  private end: End<R> | null = null;

  constructor(main: AnyFunction, maxSteps: number, plan: Plan<R>, settle: (end: End<R>) => void) {
    this.main = main;
    this.maxSteps = maxSteps;
    this.plan = plan;
    this.settle = settle;
  }

  next(): boolean {
    if (this.end !== null) return false;
    let step: IteratorResult<Order, R>;
    try {
      step = this.plan.next(this.outcome as Outcome);
    } catch (error) {
      this.end = { ok: false, error };
      return false;
    }
    if (step.done === true) {
      this.end = { ok: true, result: step.value };
      return false;
    }
    this.current = step.value;
    if (this.current.detailed) forgetSites();
    this.current.suspects?.watch();
    this.world.mostSteps = this.maxSteps;
    this.world.begin(this.main, this.current.attempt);
    return true;
  }

  /** Whoever is left when main has returned is left, as after `run`. */
  stuck(): Outcome {
    const { world } = this;
    if (world.isMainOver) return { ok: true, value: world.main?.value };
    return {
      ok: false,
      value: new DeadlockError("all goroutines are asleep - deadlock!", ownStacks() + graphText()),
    };
  }

  over(outcome: Outcome): void {
    const { current, world } = this;
    current?.suspects?.release();
    if (current !== null) current.attempt.extent = `${world.steps} steps, ${world.timeMs} ms`;
    this.outcome = outcome;
  }

  done(): void {
    this.settle(this.end as End<R>);
  }
}

/** Runs the attempts of `plan`. */
export function perform<R>(main: AnyFunction, maxSteps: number, plan: Plan<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const job = new Exploration<R>(main, maxSteps, plan, (end) => {
      if (end.ok) resolve(end.result);
      else reject(end.error);
    });
    job.world = new World(job, networkOfBubble());
    job.world.endless = () =>
      new LivelockError(
        `a run has not ended after ${maxSteps} steps: goroutines that keep each other busy for ever, or a longer program (maxSteps)`,
      );
    job.world.visited();
  });
}

/** `detailed`: stacks are to say where goroutines were made. */
export function order(attempt: Attempt, detailed = false, suspects: Suspects | null = null): Order {
  return { attempt, detailed, suspects };
}
