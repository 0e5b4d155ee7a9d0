/**
 * G, the goroutine: one record, one generator, nothing else. The record is the public handle as well.
 *
 * `go` makes only the record; arguments are unpacked and the generator is made when it first runs, so that a burst of
 * goroutines costs a fraction of a burst of generators.
 *
 * Invariants (owner thread only):
 *   I1  the processor's table holds exactly the goroutines that are not dead; p.slots[g.slot] === g.
 *   I2  `body` is the function until the first run, then the generator (or null: an async function), then null.
 *   I3  `value` is the argument list until the first run, and the result or the error after the end.
 *
 * Go: runtime/proc.go (newproc, execute, goexit0). Differs: an end has a value, and an error that nobody waits for is a panic.
 */
import type { SHARED } from "../base/shared.ts";
import { account } from "./account.ts";
import { resume } from "./generator.ts";
import { isolation } from "./isolation.ts";
import { Joined } from "./join.ts";
import { type Op, type Operation, PARKED, Rewaitable, type Waiter } from "./operation.ts";
import { enter, leave, occupy, type Parkable, p, RESTED, ready, vacate } from "./processor.ts";
import { G, type GoroutineStatus, statusWord } from "./status.ts";

/** A running or ended goroutine: wait for it any number of times to get its result, or its error. */
export interface Handle<R> extends Op<R> {
  /** The handle of a portable goroutine may be sent to another core; that of any other is refused there. */
  readonly [SHARED]?: true;
  /** Go's goroutine number: unique in this process, the main goroutine's is 1. */
  readonly id: number;
  readonly status: GoroutineStatus;
  /** The name of its function. */
  readonly name: string;
}

/** Where a goroutine was made: asked for only when somebody reads a dump. */
export interface Site {
  readonly stack?: string;
}

type AnyFunction = (...args: never[]) => unknown;
type Body = AnyFunction | Generator<unknown, unknown, unknown> | null;

const FAILED = 1;
const OBSERVED = 2;
const EXITING = 4;
const EXITED = 8;
const CUT = 16;
const HAUNTED = 32;

export class Go extends Rewaitable<unknown> implements Handle<unknown>, Parkable {
  readonly id: number;
  state: number = G.idle;
  body: Body;
  value: unknown;
  reason = 0;
  waitSince = 0;
  slot = 0;
  place = -1;
  flags = 0;
  /** The first of those who wait for its end (base/waitq.ts). */
  joined: Joined | null = null;
  readonly fn: AnyFunction;
  readonly parent: number;
  /** Where it was made, or only the function that made it. */
  readonly creator: Site | AnyFunction | null;

  constructor(
    id: number,
    fn: AnyFunction,
    args: unknown[],
    parent: number,
    creator: Site | AnyFunction | null,
  ) {
    super();
    this.id = id;
    this.body = fn;
    this.value = args;
    this.fn = fn;
    this.parent = parent;
    this.creator = creator;
  }

  get name(): string {
    return this.fn.name;
  }

  get status(): GoroutineStatus {
    return statusWord(this.state);
  }

  operation(): Operation<unknown> {
    return new Joined(this);
  }

  /** It is one of a world apart (isolation.ts). */
  get isApart(): boolean {
    return false;
  }

  /** A goroutine that sleeps can still be woken. */
  get quiet(): boolean {
    return false;
  }

  /** It has slept long enough. */
  fire(): void {
    this.place = RESTED;
    ready(this);
  }

  /**
   * Tells `waiter` when it ends; it must not have ended yet. Its error then counts as waited for, unless `observes` is false.
   * The operation that is returned can be taken back (dequeue).
   */
  watch(waiter: Waiter, observes = true): Joined {
    return new Joined(this, observes).tell(waiter);
  }

  /** Its error has found nobody, and the panic has been decided: who only waits for the end hears of it. */
  decided(): void {
    if (this.joined !== null) Joined.release(this, true);
  }

  /** It was held (goHeld), and may start. */
  release(): void {
    ready(this);
  }

  /** Runs until it parks or ends. */
  run(): void {
    enter(this);
    if ((this.flags & (EXITING | HAUNTED)) !== 0) {
      if ((this.flags & HAUNTED) !== 0) {
        this.state = G.dead;
        vacate(this);
        leave();
        return;
      }
      this.state = G.exiting;
      p.exhaust();
      if (this.takeCut()) {
        ends.unwind(this);
        return;
      }
    }
    let result: IteratorResult<unknown, unknown>;
    try {
      result = this.body === this.fn ? ends.start(this) : next.call(this.body as Generator);
    } catch (error) {
      ends.crashed(this, error);
      return;
    }
    if (result !== PARKED) ends.came(this, result);
  }

  /** It is never run again; nobody can wake it. */
  abandon(): void {
    vacate(this);
    this.state = G.dead;
    this.body = null;
  }

  get failed(): boolean {
    return (this.flags & FAILED) !== 0;
  }

  get observed(): boolean {
    return (this.flags & OBSERVED) !== 0;
  }

  get exiting(): boolean {
    return (this.flags & EXITING) !== 0;
  }

  /** It ended through goexit(). */
  get exited(): boolean {
    return (this.flags & EXITED) !== 0;
  }

  observe(): void {
    this.flags |= OBSERVED;
  }

  beginExit(): void {
    this.flags |= EXITING;
    this.state = G.exiting;
    p.exhaust();
  }

  /** It swallowed its exit, and is ended at its next operation or when it is next run. */
  get isCut(): boolean {
    return (this.flags & CUT) !== 0;
  }

  cut(): void {
    this.flags |= CUT;
  }

  /** Whether it is to be ended now; the answer is yes once. */
  takeCut(): boolean {
    const was = this.isCut;
    this.flags &= ~CUT;
    return was;
  }

  /** Its end, once: the result or the error goes to whoever waits. */
  end(failed: boolean, value: unknown): void {
    if ((this.flags & EXITING) !== 0) this.flags = (this.flags & ~EXITING) | EXITED;
    if (failed) this.flags |= FAILED;
    // It drove a generator by hand and left an operation parked, which will still make it ready: until then its place stays taken.
    if (this.state === G.waiting) this.flags |= HAUNTED;
    else vacate(this);
    this.state = G.dead;
    this.value = value;
    this.body = null;
    // Whoever is told may run the program's code (an abort listener of a context that ends with it): nobody runs there, and not one whose place is taken.
    leave();
    if (this.joined !== null) Joined.release(this, false);
  }
}

/** A goroutine's first step and its ends; set by scheduler.ts, which knows them. */
export const ends: {
  /** Its first run: makes the generator, and steps it. */
  start: (g: Go) => IteratorResult<unknown, unknown>;
  /** It came back without having parked. */
  came: (g: Go, result: IteratorResult<unknown, unknown>) => void;
  crashed: (g: Go, error: unknown) => void;
  /** Ends it where it waits: its finally blocks run, its catch blocks do not. */
  unwind: (g: Go) => void;
} = {} as never;

// A constant of this module, which V8 folds into inlined code.
const next = resume;

/** The goroutines that are not dead, by number. */
export function allGoroutines(): Go[] {
  const { found } = goroutinesFrom(0, Number.POSITIVE_INFINITY, () => true);
  return found.sort((a, b) => a.id - b.id);
}

/** Goroutines that are not dead and are `wanted`, from a place of the processor's table on, at most `most`; and the place after them, -1 at the table's end. */
export function goroutinesFrom(
  from: number,
  most: number,
  wanted: (g: Go) => boolean,
): { found: Go[]; next: number } {
  const { world } = isolation;
  const found: Go[] = [];
  for (let at = from; at < p.slots.length; at++) {
    const g = p.slots[at];
    if (!(g instanceof Go) || !(world === null ? !g.isApart : world.owns(g)) || !wanted(g)) continue;
    if (found.length === most) return { found, next: at };
    found.push(g);
  }
  return { found, next: -1 };
}

/** The numbers that this thread gives. 1 is kept for the first main goroutine, whoever comes before it. */
export const numbers: {
  next: number;
  main: number;
  /** Where this thread's block of numbers ends; then refill() gets another, so that no two cores give the same number. */
  end: number;
  refill: () => void;
  /** The first of this thread's block, and how many it has given of earlier ones: nobody has to count them one by one. */
  first: number;
  before: number;
} = { next: 2, main: 1, end: Number.POSITIVE_INFINITY, refill: () => {}, first: 2, before: 0 };

// A world apart begins its numbers anew.
account.created = () =>
  numbers.next -
  (isolation.world === null ? numbers.first - numbers.before : 2) +
  (numbers.main === 0 ? 1 : 0);

/** The number of a new goroutine. */
export function nextNumber(): number {
  if (numbers.next === numbers.end) numbers.refill();
  return numbers.next++;
}

/** Goroutines that may run on any core: makes the goroutine for a portable function, null for any other. Set by the layer parallel when the first one is registered. */
export const portables: {
  spawn:
    | ((
        fn: AnyFunction,
        args: unknown[],
        creator: Site | AnyFunction | null,
        parent: number,
        held: boolean,
      ) => Go | null)
    | null;
} = { spawn: null };

/** Makes a goroutine, of a portable function one that may run on any core, and puts it in the run queue unless it is `held` until somebody makes it ready. Go: newproc. */
export function spawn(
  fn: AnyFunction,
  args: unknown[],
  creator: Site | AnyFunction | null,
  main = false,
  parent: number = p.current.id,
  held = false,
): Go {
  if (portables.spawn !== null && !main) {
    const task = portables.spawn(fn, args, creator, parent, held);
    if (task !== null) return task;
  }
  return spawnHere(fn, args, creator, parent, main, held);
}

/** Makes a goroutine that runs on this core. */
export function spawnHere(
  fn: AnyFunction,
  args: unknown[],
  creator: Site | AnyFunction | null,
  parent: number,
  main = false,
  held = false,
): Go {
  let id = numbers.main;
  if (main && id !== 0) numbers.main = 0;
  else id = nextNumber();
  const { world } = isolation;
  const g =
    world === null ? new Go(id, fn, args, parent, creator) : world.goroutine(id, fn, args, parent, creator);
  occupy(g);
  if (!held) ready(g);
  return g;
}
