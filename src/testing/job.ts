/**
 * What a world is told: which attempts to run, and who decides in them.
 */
import type { Operation } from "../runtime/operation.ts";
import type { Runnable } from "../runtime/processor.ts";

/** How a main goroutine came to its end. */
export interface Outcome {
  readonly ok: boolean;
  /** The result, or the error. */
  readonly value: unknown;
}

/** What is done in a world: one attempt after another. */
export interface Job {
  /** Begins the next attempt by World.begin; false: there is none. */
  next(): boolean;
  /** All are durably blocked and time has nowhere to go, or main has ended and all others are blocked: how it ends. */
  stuck(): Outcome;
  /** The attempt has ended. */
  over(outcome: Outcome): void;
  /** Nothing will be called any more, and the world has been left. */
  done(): void;
}

/** Who decides what happens next; null: the oldest first, and nobody gives way. */
export interface Decider {
  /** `op` took effect at once: whether the running goroutine gives way. */
  givesWay(op: Operation<unknown>): boolean;
  /** Which of `count` (2 or more) runnable ones goes on. */
  next(count: number): number;
  /** One of `n` for a random choice. */
  choose(n: number): number;
  /** A goroutine is about to run, or has stopped. Null when nobody looks. */
  readonly watcher: { before(g: Runnable): void; after(g: Runnable): void } | null;
}
