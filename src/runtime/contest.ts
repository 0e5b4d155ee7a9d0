/**
 * A wait of several cases that another core may decide: a select, or a ctx.wait, one of whose cases is shared.
 *
 * Its local cases stand in local queues. So it has a claim (shm/claim.ts), and its cases are `contested` instead of `entered`: who would complete one, and would give it something by that (a value, a lock), first wins the
 * claim. If that is lost, another core has decided the wait and its mail is on the way: then all its cases leave their queues at once, and the next in the queue is looked at. Kinds that give nothing away (a join,
 * a sleep, a context's end) complete the case as ever, and the wait itself finds out (Choice.fire).
 *
 *   queue's owner:  if (first.done === State.contested && !win(first)) continue;
 *
 * Invariants:
 *   I1  only the outermost of nested waits has a claim: 0 while none of its cases is shared, its reference, or {@link WON}.
 *   I2  it is WON before a case of it is completed, and then that is done at once.
 *   I3  a wait that was lost stands in no queue; what has decided it is told by mail.
 */
import { decideClaim, holdClaim, reopenClaim, winClaim } from "../shm/claim.ts";
import type { Ref } from "../shm/region.ts";
import { Operation, State } from "./operation.ts";

/** The claim of a wait that was won here. */
export const WON: Ref = -1;

/** An operation whose cases are operations. */
export interface Choice extends Operation<unknown> {
  /** See I1. */
  claimRef: Ref;
  /** Its cases are contested from here on. */
  contestCases(): void;
}

/** The outermost wait that `op` is a case of; itself if it is none. */
export function outermost(op: Operation<unknown>): Operation<unknown> {
  let outer = op;
  while (outer.owner instanceof Operation) outer = outer.owner as Operation<unknown>;
  return outer;
}

/** Whether `op`, which is contested and stands in a queue, may be completed. If not, it has left its queue, and so have its rivals. */
export function win(op: Operation<unknown>): boolean {
  const choice = outermost(op) as Choice;
  if (settleHere(choice)) return true;
  choice.dequeue();
  return false;
}

/** Whether `choice`, which has a claim, is or can be decided here. */
export function settleHere(choice: Choice): boolean {
  if (choice.claimRef === WON) return true;
  if (!winClaim(choice.claimRef)) return false;
  choice.claimRef = WON;
  return true;
}

/**
 * For a kind that only learns by trying whether it can complete `op`, the first of its queue: holds its claim, if it has one. False as {@link win}. {@link concluded} must follow at once, also when trying throws.
 */
export function holdCase(op: Operation<unknown>): boolean {
  if (op.done !== State.contested) return true;
  const choice = outermost(op) as Choice;
  if (holdClaim(choice.claimRef)) return true;
  choice.dequeue();
  return false;
}

/** Whether `op`, which was held, is to be completed; gives that back. */
export function concluded(op: Operation<unknown>, done: boolean): boolean {
  if (op.done !== State.contested) return done;
  const choice = outermost(op) as Choice;
  if (done) {
    decideClaim(choice.claimRef);
    choice.claimRef = WON;
  } else {
    reopenClaim(choice.claimRef);
  }
  return done;
}
