/**
 * What is left of a goroutine that the garbage collector has taken (unreachable.ts): what a dump says of it.
 *
 * It stands in the table in the goroutine's place, counts as one that waits, and is never run: nobody can wake it. It refers to nothing of the program's, or it would keep alive what it is to tell of.
 *
 * Go: the status _Gleaked, "(leaked)" in a dump's header.
 */
import { allGoroutines, Go } from "./goroutine.ts";
import type { Snapshot } from "./snapshot.ts";
import { G } from "./status.ts";

function* gone(): Generator<never, void, unknown> {}

export class Ghost extends Go {
  /** Plain data. */
  readonly last: Snapshot;

  constructor({ id, parent, reason, waitSince, slot }: Go, last: Snapshot) {
    super(id, gone, [], parent, null);
    this.last = last;
    this.state = G.waiting;
    this.body = null;
    this.reason = reason;
    this.waitSince = waitSince;
    this.slot = slot;
  }

  override get name(): string {
    return this.last.name;
  }
}

/** Those of this core, by number. */
export function ghosts(): Ghost[] {
  return allGoroutines().filter((g) => g instanceof Ghost) as Ghost[];
}
