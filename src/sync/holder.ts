/**
 * Who holds a lock: the number of a goroutine, for whoever asks why another one does not get it (runtime/stuck.ts).
 *
 * A lock belongs to nobody: anybody may give it back, and the number says only who has got it. It is a number because a store of one needs no write barrier, and it stands where a boolean would, so that knowing it costs
 * nothing. A lock that has been given back by another one than had got it remembers that (`passedOn`): with such a lock it is usual, and a cycle that it is part of may yet be broken.
 */
import { type Operation, type Parkable, State } from "../runtime/operation.ts";

/** Nobody holds it. */
export const FREE = -1;

/** Code outside any goroutine, or somebody who is not known; {@link Dependence}'s number for that. */
export const OUTSIDE = 0;

/** A hold that goes on after a cond.wait. */
export interface Interrupted {
  readonly tenure: number;
  readonly holder: number;
}

/** The goroutine that waits by `outer`, which is no case of another operation. */
export function holderOf(outer: Operation<unknown>): number {
  return outer.done === State.parked ? (outer.owner as Parkable).id : OUTSIDE;
}
