/**
 * Who runs next (SEAM): null is first in, first out, the order that the contract promises.
 *
 * Deterministic testing sets a chooser, which is asked for an index into the run queue whenever more than one may run.
 */
export interface Chooser {
  /** Which of the `count` runnable ones goes first: 0 is the one that has waited longest. */
  next(count: number): number;
}

export const order: { chooser: Chooser | null } = { chooser: null };
