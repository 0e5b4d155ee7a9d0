/**
 * Goroutines as data: what every form of a dump is made from.
 *
 * They are looked at by the page, so that whoever writes a dump of very many can let others run in between, and need not keep all of it. A page is as things are when it is made: a goroutine that ends or begins between two pages may be missing.
 *
 * Invariants:
 *   I1  goroutines with equal stacks share one array of frames within a page.
 *   I2  a page is plain data: it crosses cores as JSON, each stack once (packPage).
 *
 * Cost: about 10 µs for each goroutine, most of it V8's own to write a stack. So {@link dumpAll}, which does not give way, looks at {@link MOST} of each core and counts the rest.
 *
 * Go: runtime/mprof.go (GoroutineProfile). Differs: nobody is stopped; other cores answer when they get to it.
 */
import { externals } from "./external.ts";
import { type Frame, userFrames } from "./frames.ts";
import { Ghost } from "./ghost.ts";
import { allGoroutines, type Go, goroutinesFrom } from "./goroutine.ts";
import { positionOf } from "./probe.ts";
import { p } from "./processor.ts";
import { cores } from "./remote.ts";
import { slice } from "./slice.ts";
import { G, type GoroutineStatus } from "./status.ts";
import { reasonText, type WaitReason } from "./wait-reason.ts";
import { allWaitsOn, type WaitsOn } from "./waited.ts";

/** A dump that is made at once looks at so many goroutines of each core. */
export const MOST = 10_000;
/** Goroutines a page: few enough that another core answers within its slice's time. */
const PAGE = 1000;
/** A stack that has been taken apart is remembered, of so many different ones. */
const KNOWN = 1000;

/** The place where a goroutine was made, or only the function that made it. */
export type Creator = Frame | { readonly fn: string };

/** One goroutine. */
export interface Snapshot {
  readonly id: number;
  /** The name of its function. */
  readonly name: string;
  readonly status: GoroutineStatus;
  /** Why it waits; 0 when it does not. */
  readonly reason: WaitReason;
  /** At what, as far as that has a name; of a select each case's. */
  readonly waitsOn?: readonly WaitsOn[];
  /** Nobody can wake it: the garbage collector has proved it (unreachable.ts). */
  readonly leaked?: true;
  /** For how long. */
  readonly waitedSeconds: number;
  /** The processor that it belongs to; -1 when that is not known. */
  readonly proc: number;
  /** The number of the goroutine that made it; 0 when it was none. */
  readonly parent: number;
  readonly creator: Creator | null;
  /** The innermost first. */
  readonly stack: readonly Frame[];
}

/** Some goroutines of one core. */
export interface Page {
  readonly proc: number;
  goroutines: Snapshot[];
  /** How many more it has, at which nobody is going to look. */
  readonly left: number;
  /** It computes, and did not answer in time. */
  readonly silent: boolean;
}

/** All of it at one time. */
export interface Dump {
  /** The running one first, then by number, core by core. */
  readonly goroutines: readonly Snapshot[];
  /** How many goroutines there are besides. */
  readonly elided: number;
  /** The processors that did not answer. */
  readonly silent: readonly number[];
  /** Why those wait that wait outside any goroutine. */
  readonly outside: readonly string[];
}

/** Every goroutine of every core, at most `most` of each. */
export function dumpAll(most: number = MOST): Dump {
  const goroutines: Snapshot[] = [];
  const silent: number[] = [];
  let elided = 0;
  for (const page of allPages(PAGE, most)) {
    for (const one of page.goroutines) goroutines.push(one);
    elided += page.left;
    if (page.silent) silent.push(page.proc);
  }
  return { goroutines, elided, silent, outside: waitsOutside() };
}

/** The same by the page, this core's goroutines `size` at a time. */
export function* allPages(size: number = PAGE, most: number = Number.POSITIVE_INFINITY): Generator<Page> {
  yield* ownPages(size, most);
  // Another core knows where a goroutine is; who made it, and where, is known here.
  const away = new Map<number, Go>();
  for (const g of allGoroutines()) if (cores.remote.isElsewhere(g)) away.set(g.id, g);
  const parsed = new StackTexts();
  let isComplete = true;
  for (const page of cores.remote.goroutines(PAGE, most)) {
    if (page.left > 0) isComplete = false;
    page.goroutines = page.goroutines.map((one) => {
      const g = away.get(one.id);
      away.delete(one.id);
      return g === undefined ? one : { ...one, parent: g.parent, creator: creatorOf(g, parsed) };
    });
    yield page;
  }
  if (away.size === 0 || !isComplete) return;
  const goroutines = [...away.values()].map((g) => ({ ...snapshotOf(g, [], parsed), proc: -1 }));
  yield { proc: -1, goroutines, left: 0, silent: false };
}

/** The goroutines that run on this core: the running one first, then by number. */
export function* ownPages(size: number = PAGE, most: number = Number.POSITIVE_INFINITY): Generator<Page> {
  const running = p.current.state === G.dead ? null : (p.current as Go);
  const list = allGoroutines().filter((g) => g !== running && !cores.remote.isElsewhere(g));
  if (running !== null) list.unshift(running);
  const parsed = new StackTexts();
  const end = Math.min(list.length, most);
  for (let at = 0; at < end; at += size) {
    const next = Math.min(at + size, end);
    const alive = list.slice(at, next).filter((g) => g.state !== G.dead);
    const goroutines = alive.map((g) => pictureOf(g, parsed));
    yield { proc: cores.remote.procId, goroutines, left: next < end ? 0 : list.length - end, silent: false };
  }
}

/** A page for another core: this one's goroutines from place `from` of its table on, and the place after them; -1 when that was all. The last page that is wanted says how many more there are. */
export function ownPageFrom(from: number, size: number, isLast: boolean): { page: Page; next: number } {
  const isHere = (g: Go): boolean => g.state !== G.dead && !cores.remote.isElsewhere(g);
  const { found, next } = goroutinesFrom(from, size, isHere);
  const parsed = new StackTexts();
  const goroutines = found.map((g) => pictureOf(g, parsed));
  const left = isLast && next >= 0 ? goroutinesFrom(next, Number.POSITIVE_INFINITY, isHere).found.length : 0;
  return { page: { proc: cores.remote.procId, goroutines, left, silent: false }, next };
}

/** Why those wait that wait outside any goroutine. */
export function waitsOutside(): string[] {
  return externals().map((external) => reasonText(external.op.reason));
}

/** One goroutine of this core as it is now. */
export function pictureOf(g: Go, parsed: StackTexts = new StackTexts()): Snapshot {
  if (g instanceof Ghost) return { ...g.last, waitedSeconds: waitedSeconds(g), leaked: true };
  const { stack, op } = positionOf(g);
  const one = snapshotOf(g, parsed.of(stack), parsed);
  if (op === null || one.status !== "waiting") return one;
  const waitsOn = allWaitsOn(op);
  return waitsOn.length === 0 ? one : { ...one, waitsOn };
}

function waitedSeconds(g: Go): number {
  return Math.max(0, slice.secondsNow() - g.waitSince);
}

/** One goroutine, of which the stack is known. */
export function snapshotOf(
  g: Go,
  stack: readonly Frame[],
  parsed: StackTexts = new StackTexts(),
  status: GoroutineStatus = g.status,
): Snapshot {
  const waits = status === "waiting";
  return {
    id: g.id,
    name: g.name,
    status,
    reason: waits ? g.reason : 0,
    waitedSeconds: waits ? waitedSeconds(g) : 0,
    proc: cores.remote.procId,
    parent: g.parent,
    creator: creatorOf(g, parsed),
    stack,
  };
}

function creatorOf(g: Go, parsed: StackTexts): Creator | null {
  const { creator } = g;
  if (creator === null) return null;
  if (typeof creator === "function") return { fn: creator.name === "" ? "<anonymous>" : creator.name };
  return parsed.of(creator.stack)[0] ?? null;
}

/** The frames of stacks as V8 writes them: of equal texts the same array. */
export class StackTexts {
  private readonly known: Map<string, readonly Frame[]> = new Map();

  of(text: string | undefined): readonly Frame[] {
    if (text === undefined) return [];
    let frames = this.known.get(text);
    if (frames === undefined) {
      // Of a program whose stacks are all different nothing is kept that nobody will ask for again.
      if (this.known.size === KNOWN) this.known.clear();
      frames = userFrames(text);
      this.known.set(text, frames);
    }
    return frames;
  }
}

type Packed = [
  Omit<Page, "goroutines"> & { goroutines: (Omit<Snapshot, "stack"> & { stack: number })[] },
  (readonly Frame[])[],
];

/** A page as text for another core. */
export function packPage(page: Page): string {
  const places = new Map<readonly Frame[], number>();
  const goroutines = page.goroutines.map((one) => {
    let at = places.get(one.stack);
    if (at === undefined) {
      at = places.size;
      places.set(one.stack, at);
    }
    return { ...one, stack: at };
  });
  return JSON.stringify([{ ...page, goroutines }, [...places.keys()]]);
}

/** What {@link packPage} wrote. */
export function unpackPage(text: string): Page {
  const [page, stacks] = JSON.parse(text) as Packed;
  return { ...page, goroutines: page.goroutines.map((one) => ({ ...one, stack: stacks[one.stack] ?? [] })) };
}
