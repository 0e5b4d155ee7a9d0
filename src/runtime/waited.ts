/**
 * What an operation waits at, and for whom: the words for it, and a number for each thing.
 *
 *   chan#3           a channel, lock, group, … of this core; of processor 1: chan#p1:3
 *   chan@4096        one that all cores share, by its address
 *   goroutine 5      the end of one
 *
 * A thing gets its number when somebody asks for the first time, in the order of asking; in a world apart the numbers begin anew with each run, so that a schedule that is played again says the same. The things have no field for it.
 */
import { isolation } from "./isolation.ts";
import type { Operation } from "./operation.ts";
import { cores } from "./remote.ts";

/** Kinds of things. */
export type WaitKind = "chan" | "mutex" | "rwmutex" | "cond" | "waitgroup" | "semaphore" | "goroutine";

/**
 * An edge of the wait-for graph (knot.ts): the wait is not over as long as any one of the goroutines with the numbers `on` does not go on. 0 stands for all code outside goroutines.
 */
export interface Dependence {
  readonly on: readonly number[];
  /** They have got the thing that is waited for, and not given it back. */
  readonly holds: boolean;
  /** Nobody else could end the wait. (A lock may be given back by anybody.) */
  readonly strict: boolean;
  /** It is known that others do. */
  readonly loose: boolean;
  /** What is waited for, "a sync.Mutex that goroutine 6 holds". */
  says(who: string): string;
}

/** Somebody in a queue (base/waitq.ts). */
interface Queued {
  readonly behind: Queued | null;
}

/** What an operation says of the thing that it waits at. */
export interface Waited {
  readonly kind: WaitKind;
  /** The thing itself; the address of one that all cores share; the number of a goroutine. */
  readonly thing: object | number;
  /** Values in a channel; what a group waits for; what is taken of a semaphore. */
  readonly len?: number;
  readonly cap?: number;
  /** The first who waits to receive, or to get it; undefined when that is not known here. */
  readonly recvq?: Queued | null | undefined;
  /** The first who waits to send, or to write. */
  readonly sendq?: Queued | null | undefined;
}

/** A thing that is waited at. */
export interface WaitObject {
  readonly kind: WaitKind;
  /** The goroutine's own; else unique among all other things of the process, below 0 an address that all cores share. */
  readonly id: number;
  readonly label: string;
  /** Itself; the address of one that all cores share; the number of a goroutine. */
  readonly thing: object | number;
  /** Values in a channel; what a group waits for; what is taken of a semaphore; else 0. */
  readonly len: number;
  /** Of a channel or a semaphore; else 0. */
  readonly cap: number;
  /** How many wait to receive, or to get it, counted when it is asked for, at most {@link MOST_QUEUED}; null when that is not known here. */
  readonly recvq: number | null;
  /** The same of those who wait to send, or to write. */
  readonly sendq: number | null;
}

/** Nobody counts further. */
export const MOST_QUEUED = 10_000;
/** Cases of a select that are looked at. */
const MOST_CASES = 16;
/** A number on processor n is n of these and its own. */
const BLOCK = 2 ** 32;

/** The things of one world. */
let numbered: { world: object | null; epoch: number; ids: WeakMap<object, number>; next: number } | null =
  null;
/** Those of the process. */
const own = { world: null, epoch: 0, ids: new WeakMap<object, number>(), next: 1 };

function numberOf(thing: object): number {
  const { world, epoch } = isolation;
  if (world === null) return numberIn(own, thing);
  if (numbered === null || numbered.world !== world || numbered.epoch !== epoch)
    numbered = { world, epoch, ids: new WeakMap(), next: 1 };
  return numberIn(numbered, thing);
}

function numberIn(of: typeof own | NonNullable<typeof numbered>, thing: object): number {
  let id = of.ids.get(thing);
  if (id === undefined) {
    id = of.next++;
    of.ids.set(thing, id);
  }
  return id;
}

class Thing implements WaitObject {
  readonly id: number;
  readonly label: string;
  private readonly waited: Waited;

  constructor(waited: Waited) {
    const { kind, thing } = waited;
    this.waited = waited;
    if (typeof thing === "object") {
      const n = numberOf(thing);
      const proc = cores.remote.procId;
      this.id = proc * BLOCK + n;
      this.label = proc === 0 ? `${kind}#${n}` : `${kind}#p${proc}:${n}`;
    } else if (kind === "goroutine") {
      this.id = thing;
      this.label = `goroutine ${thing}`;
    } else {
      this.id = -thing;
      this.label = `${kind}@${thing}`;
    }
  }

  get kind(): WaitKind {
    return this.waited.kind;
  }

  get thing(): object | number {
    return this.waited.thing;
  }

  get len(): number {
    return this.waited.len ?? 0;
  }

  get cap(): number {
    return this.waited.cap ?? 0;
  }

  get recvq(): number | null {
    return queued(this.waited.recvq);
  }

  get sendq(): number | null {
    return queued(this.waited.sendq);
  }
}

function queued(first: Queued | null | undefined): number | null {
  if (first === undefined) return null;
  let count = 0;
  for (let one: Queued | null = first; one !== null && count < MOST_QUEUED; one = one.behind) count++;
  return count;
}

/** What `op` waits at; null when it is nothing that has a name (a sleep, a promise, a socket), or a choice of several: {@link casesOf}. */
export function objectOf(op: Operation<unknown>): WaitObject | null {
  const waited = op.waitsOn();
  return waited === null ? null : new Thing(waited);
}

/** The operations that `op` waits for: itself, or the cases of a select. */
export function casesOf(op: Operation<unknown>, most: number = MOST_CASES): Operation<unknown>[] {
  if (op.cases() === null) return [op];
  const found: Operation<unknown>[] = [];
  const add = (one: Operation<unknown>): void => {
    const cases = one.cases();
    if (cases === null) found.push(one);
    else for (const each of cases) if (found.length < most) add(each);
  };
  add(op);
  return found;
}

/** A thing that a goroutine waits at, in a dump. */
export interface WaitsOn {
  readonly kind: WaitKind;
  readonly id: number;
  readonly label: string;
  /** The goroutine that has got it and not given it back, or one of several; 0 stands for code outside goroutines. */
  readonly holder?: number;
}

/** All that an operation waits at; of a select each case's. */
export function allWaitsOn(op: Operation<unknown>): WaitsOn[] {
  const all: WaitsOn[] = [];
  for (const one of casesOf(op)) {
    const object = objectOf(one);
    if (object === null) continue;
    const { kind, id, label } = object;
    const holder = one.dependences()?.find(({ holds, loose }) => holds && !loose)?.on[0];
    all.push(holder === undefined ? { kind, id, label } : { kind, id, label, holder });
  }
  return all;
}
