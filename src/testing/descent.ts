/**
 * Whose goroutine is it? Tells the goroutines that descend from a test from all others, while other tests run beside it.
 *
 * A goroutine knows the number of who started it, and that is all: by the time that one asks, the one in the middle of the line may be gone. So the line is followed as it grows, while somebody looks and at no cost else:
 *   1. each run of a goroutine is preceded by a look at its parent, who has been looked at before. For that the class's own `run` is replaced (the one method that every goroutine comes by).
 *   2. what async code starts has no goroutine for a parent. So a goroutine runs in an async context that names its line, which all that comes of it inherits (promises, timers, sockets); and to hear of a start when it
 *      happens, the block of numbers is said to be used up with each number: then the next one is asked for here.
 *
 * Invariants, while somebody looks:
 *   I1  a goroutine that has run once is in `lines`, if it is in any line at all.
 *   I2  `numbers.end` is the next number, so that `refill` hears of every goroutine that is made, before it has its number.
 *
 * It is exact but for what async code starts: by a timer (it is the line's in whose context the host's timer was set), and after the first portable goroutine of the process, which starts further cores, until a goroutine runs here again.
 *
 * Rejected: a list of all goroutines before and after (blames one test for another's); a hook in `spawn` (a test of a pointer for each goroutine of each program, for ever).
 */
import type { AsyncLocalStorage } from "node:async_hooks";
import { forgetSites } from "../runtime/go.ts";
import { Go, numbers } from "../runtime/goroutine.ts";
import { isolation } from "../runtime/isolation.ts";
import { p } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { G } from "../runtime/status.ts";

/** Goroutines of another core that are looked at at a time. */
const PAGE = 1000;

/** The lines that goroutines are in, by their numbers. */
const lines = new Map<number, Line>();
/** Whoever ran when a goroutine was made that has not been looked at: it may run on another core, and be over before. */
const unseen = new Map<number, Line>();
/** How many lines are followed. */
let followed = 0;
let context: AsyncLocalStorage<Line | undefined> = null as never;
let run: (this: Go) => void;
let refill: () => void;
/** Where the block of numbers really ends. */
let end = 0;

/** A goroutine and all that comes of it. */
export class Line {
  /** How often one of its goroutines has been run. */
  runs = 0;
  /** Whether one could run here, when they were last looked at ({@link Line.alive}). */
  isMoving = false;
  /** The one that this one began in. */
  readonly outer: Line | undefined;

  /** Whoever looks says when he does no longer: {@link Line.leave}. */
  constructor() {
    if (followed++ === 0) install();
    this.outer = (p.current instanceof Go ? lineOf(p.current) : undefined) ?? context.getStore();
  }

  /** `make` makes its first goroutine. */
  begin(make: () => Go): Go {
    const first = context.run(this, make);
    lines.set(first.id, this);
    return first;
  }

  /** The numbers of its goroutines that are not dead. */
  alive(): Set<number> {
    const alive = new Set<number>();
    this.isMoving = false;
    for (const g of p.slots) {
      if (!(g instanceof Go) || g.state === G.dead || !this.has(lineOf(g))) continue;
      alive.add(g.id);
      if (g.state === G.runnable && !cores.remote.isElsewhere(g)) this.isMoving = true;
    }
    // What a goroutine of its own has started on another core: known there alone. (How many there are is told only when a core goes to sleep, so it has to be asked.)
    if (alive.size === 0) this.addRemote(alive);
    return alive;
  }

  /** Nobody looks any more. */
  leave(): void {
    if (--followed === 0) uninstall();
  }

  private has(line: Line | undefined): boolean {
    for (let one = line; one !== undefined; one = one.outer) if (one === this) return true;
    return false;
  }

  private addRemote(alive: Set<number>): void {
    for (const { goroutines } of cores.remote.goroutines(PAGE, Number.POSITIVE_INFINITY)) {
      for (const { id, parent } of goroutines) {
        if (!this.has(lines.get(id) ?? lineOfNumber(parent))) continue;
        lines.set(id, this);
        alive.add(id);
      }
    }
  }
}

/** A dump, goroutine by goroutine. */
export function blocksOf(dump: string): string[] {
  return dump.split(/\n(?=goroutine \d+ \[|external waiter )/);
}

/** Whose stack it is; 0 when it is nobody's. */
export function numberOf(block: string): number {
  return Number(/^goroutine (\d+) \[/.exec(block)?.[1] ?? 0);
}

function lineOf(g: Go): Line | undefined {
  const known = lines.get(g.id);
  if (known !== undefined) return known;
  const line = g.parent === 0 ? unseen.get(g.id) : lineOfNumber(g.parent);
  if (line === undefined) return undefined;
  lines.set(g.id, line);
  unseen.delete(g.id);
  return line;
}

function lineOfNumber(id: number): Line | undefined {
  return lines.get(id) ?? unseen.get(id);
}

function install(): void {
  context ??= new (process.getBuiltinModule("node:async_hooks").AsyncLocalStorage)<Line | undefined>();
  run = Go.prototype.run;
  Go.prototype.run = runInLine;
  listen();
}

function uninstall(): void {
  Go.prototype.run = run;
  if (numbers.refill === number) {
    numbers.refill = refill;
    numbers.end = end;
  }
  context.disable();
  lines.clear();
  unseen.clear();
}

function listen(): void {
  refill = numbers.refill;
  end = numbers.end;
  numbers.refill = number;
  numbers.end = numbers.next;
  forgetSites();
}

/** In the place of {@link Go.run}. */
function runInLine(this: Go): void {
  // A world apart has numbers of its own.
  if (isolation.world !== null) {
    run.call(this);
    return;
  }
  // Further cores have been started: they have brought blocks of numbers with them.
  if (numbers.refill !== number) listen();
  const line = lineOf(this);
  for (let one = line; one !== undefined; one = one.outer) one.runs++;
  context.run(line, step, this);
}

function step(g: Go): void {
  run.call(g);
}

/** In the place of {@link numbers.refill}: a goroutine is made. */
function number(): void {
  if (numbers.next === end) {
    refill();
    end = numbers.end;
  }
  const line = context.getStore();
  if (line !== undefined) unseen.set(numbers.next, line);
  numbers.end = numbers.next + 1;
  // Where a goroutine was made is kept for a thousand each second. Here for all.
  forgetSites();
}
