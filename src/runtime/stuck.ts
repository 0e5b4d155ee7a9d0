/**
 * Why is it stuck: goroutines that wait for each other while the rest of the program still runs.
 *
 * Three grades, and each says no more than what is so:
 *   permanent     a cycle of joins only: nothing in the program can end it
 *   a cycle       locks are in it. Each waits for what the next one has got and not given back. Anybody may give a lock back, so somebody else still could
 *   a suspicion   a lock of it has been given back by others than had got it, or code outside goroutines is part of it: who holds it is a guess
 *
 * Nothing is kept for this while the program runs but the number of who holds a lock, in the place where a boolean would be (sync/holder.ts). docs/design/stuck.md.
 *
 * Go: no counterpart for cycles; the deadlock report only when all are asleep.
 */
import { ghosts } from "./ghost.ts";
import type { Go } from "./goroutine.ts";
import { type Blocked, blockedAmong, cyclesOf, knot, parkedHere, type Waits, waitText } from "./knot.ts";
import { blockText } from "./traceback.ts";
import { reasonText } from "./wait-reason.ts";

/** A goroutine that waits in vain. */
export interface StuckGoroutine {
  readonly id: number;
  /** The name of its function. */
  readonly name: string;
  /** Why it waits: the words of a dump. */
  readonly reason: string;
  /** Its stack, in Go's form. */
  readonly stack: string;
}

/** Goroutines that wait for each other: each for the next, the last for the first. */
export interface WaitCycle {
  readonly goroutines: readonly StuckGoroutine[];
  /** The numbers of others that cannot go on before these do. */
  readonly behind: readonly number[];
  /** Nothing in the program can end it: it is made of joins. A lock could still be given back by somebody who does not hold it. */
  readonly permanent: boolean;
  /** "goroutine 5 waits for a sync.Mutex that goroutine 6 holds; goroutine 6 waits for …" */
  readonly text: string;
}

/** What {@link Runtime.stuck} finds. */
export interface Stuck {
  /** Facts. */
  readonly cycles: readonly WaitCycle[];
  /** What looks like a cycle and may be none. */
  readonly suspicions: readonly WaitCycle[];
  /** Goroutines that can never wake, as far as `runtime.unreachable()` has been asked. */
  readonly unreachable: readonly StuckGoroutine[];
}

/** Who waits for whom on this core. */
export function stuck(): Stuck {
  const graph = blockedAmong(parkedHere(Number.POSITIVE_INFINITY, true).parked);
  const permanent = knot(graph, ({ strict }) => strict);
  const exact = knot(graph, ({ loose }) => !loose);
  const possible = knot(graph, () => true);
  return {
    cycles: wordsFor(graph, exact, permanent),
    suspicions: wordsFor(graph, possible, permanent, exact),
    unreachable: ghosts().map(stuckGoroutine),
  };
}

/** The cycles of a knot, but not those that lead into `known` and have been told. */
function wordsFor(
  graph: Blocked,
  tied: ReadonlySet<number>,
  permanent: ReadonlySet<number>,
  known: ReadonlySet<number> = new Set(),
): WaitCycle[] {
  return cyclesOf(graph, tied)
    .filter(({ ring }) => !ring.some((id) => known.has(id)))
    .map(({ ring, behind }) => ({
      goroutines: ring
        .map((id) => (graph.get(id) as Waits).g)
        .filter((g) => g !== null)
        .map(stuckGoroutine),
      behind: behind.filter((id) => id !== 0).sort((a, b) => a - b),
      permanent: ring.every((id) => permanent.has(id)),
      text: ring.map((id) => waitText(graph, tied, id)).join("; "),
    }));
}

export function stuckGoroutine(g: Go): StuckGoroutine {
  return { id: g.id, name: g.name, reason: reasonText(g.reason), stack: blockText(g) };
}
