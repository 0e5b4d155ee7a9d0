/**
 * Who holds up whom: a graph that is made when somebody asks, from what parked goroutines say that they wait for (Operation.dependences).
 *
 * A goroutine is held up when each of its cases depends on one that is held up; a wait that anything could end (a channel, a sleep, a promise, another core) holds up nobody. What is left when all that can go on has been taken
 * away, again and again, is the largest set of goroutines that wait for each other and for nobody else: those in a cycle, and those behind one.
 *
 * Invariants:
 *   I1  a node is parked on this core, in an operation of which every dependence is known.
 *   I2  what {@link knot} returns is a subset of the nodes in which each dependence has somebody of the subset in `on`.
 *
 * It takes time in proportion to the goroutines that wait for locks, joins and selects; the others are not looked at.
 */
import { externals } from "./external.ts";
import { type Go, goroutinesFrom } from "./goroutine.ts";
import type { Dependence, Operation } from "./operation.ts";
import { operationOf } from "./probe.ts";
import { cores } from "./remote.ts";
import { G } from "./status.ts";
import { WaitReason } from "./wait-reason.ts";

/** Stands for all code outside goroutines. */
export const OUTSIDE = 0;

export interface Waits {
  /** Null: code outside goroutines. */
  readonly g: Go | null;
  /** At least one. */
  readonly dependences: readonly Dependence[];
}

/** By goroutine number. */
export type Blocked = ReadonlyMap<number, Waits>;

const REASONS: ReadonlySet<number> = new Set([
  WaitReason.mutexLock,
  WaitReason.rwMutexLock,
  WaitReason.rwMutexRLock,
  WaitReason.join,
  WaitReason.select,
]);

/** A parked goroutine, and what it waits in. */
export interface Parked {
  readonly g: Go;
  readonly op: Operation<unknown> | null;
}

/** Those parked on this core, at most so many: who waits for a lock, a join or a select, or who waits for anything else. */
export function parkedHere(most: number, inKnots: boolean): { parked: Parked[]; isAll: boolean } {
  const { found, next } = goroutinesFrom(0, most, (g) => {
    return g.state === G.waiting && REASONS.has(g.reason) === inKnots && !cores.remote.isElsewhere(g);
  });
  found.sort((a, b) => a.id - b.id);
  return { parked: found.map((g) => ({ g, op: operationOf(g) })), isAll: next < 0 };
}

/** Who of `parked`, which has all that may be in a knot, is held up by whom. */
export function blockedAmong(parked: readonly Parked[]): Blocked {
  const graph = new Map<number, Waits>();
  for (const { g, op } of parked) {
    const dependences = op?.dependences() ?? [];
    if (dependences.length > 0) graph.set(g.id, { g, dependences });
  }
  const outside = outsiders();
  if (outside.on.length > 0) graph.set(OUTSIDE, { g: null, dependences: [outside] });
  return graph;
}

/** What async code waits for, as one: nobody knows which of it holds what. */
function outsiders(): Dependence {
  const says = new Map<string, Dependence["says"]>();
  const on: number[] = [];
  for (const { op } of externals()) {
    const dependences = op.dependences() ?? [];
    if (dependences.length !== 1) continue;
    for (const id of (dependences[0] as Dependence).on) {
      // Two pieces of async code that want one lock are nothing strange.
      if (id === OUTSIDE) continue;
      on.push(id);
      says.set(whoText(id), (dependences[0] as Dependence).says);
    }
  }
  return {
    on,
    holds: false,
    strict: false,
    loose: true,
    says: (who) => (says.get(who) as Dependence["says"])(who),
  };
}

/** Those that wait for each other, and for nobody else, by dependences that `accepts` takes. */
export function knot(graph: Blocked, accepts: (dependence: Dependence) => boolean): Set<number> {
  const left = new Set<number>();
  for (const [id, { dependences }] of graph) if (dependences.every(accepts)) left.add(id);
  /** By goroutine: the dependences, of whom, that count on it. */
  const counting = new Map<number, { of: number; hope: { left: number } }[]>();
  const free: number[] = [];
  for (const id of left) {
    for (const { on } of (graph.get(id) as Waits).dependences) {
      const among = [...new Set(on)].filter((other) => left.has(other));
      const hope = { left: among.length };
      if (hope.left === 0) free.push(id);
      for (const other of among) {
        const list = counting.get(other);
        if (list === undefined) counting.set(other, [{ of: id, hope }]);
        else list.push({ of: id, hope });
      }
    }
  }
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    if (!left.delete(id)) continue;
    for (const { of, hope } of counting.get(id) ?? []) if (--hope.left === 0) free.push(of);
  }
  return left;
}

/** The cycles of a knot, each beginning with its lowest number; and for each who waits behind it. */
export function cyclesOf(graph: Blocked, tied: ReadonlySet<number>): { ring: number[]; behind: number[] }[] {
  const found: { ring: number[]; behind: number[] }[] = [];
  /** By goroutine: where in `found` its way ends. */
  const ends = new Map<number, { ring: number[]; behind: number[] }>();
  for (const start of [...tied].sort((a, b) => a - b)) {
    const way: number[] = [];
    const steps = new Map<number, number>();
    let id = start;
    for (; !ends.has(id) && !steps.has(id); id = blockerOf(graph, tied, id)) {
      steps.set(id, way.length);
      way.push(id);
    }
    let end = ends.get(id);
    if (end === undefined) {
      end = { ring: lowestFirst(way.splice(steps.get(id) as number)), behind: [] };
      found.push(end);
      for (const member of end.ring) ends.set(member, end);
    }
    for (const member of way) {
      ends.set(member, end);
      end.behind.push(member);
    }
  }
  return found;
}

function blockerOf(graph: Blocked, tied: ReadonlySet<number>, id: number): number {
  const { on } = (graph.get(id) as Waits).dependences[0] as Dependence;
  return on.find((other) => tied.has(other)) as number;
}

function lowestFirst(ring: number[]): number[] {
  const at = ring.indexOf(Math.min(...ring));
  return [...ring.slice(at), ...ring.slice(0, at)];
}

/** Each of its dependences in words. */
export function waitText(graph: Blocked, tied: ReadonlySet<number>, id: number): string {
  const { dependences } = graph.get(id) as Waits;
  const parts = dependences.map(({ on, says }) =>
    says(whoText(on.find((other) => tied.has(other)) as number)),
  );
  return `${whoText(id)} waits for ${parts.join(" or ")}`;
}

function whoText(id: number): string {
  return id === OUTSIDE ? "code outside goroutines" : `goroutine ${id}`;
}
