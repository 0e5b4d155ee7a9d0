/**
 * Who lives in a world: its goroutines, and the waiters of its async code. They know where they belong, and go there when somebody elsewhere has made them ready.
 */
import { copyArguments, copyOne } from "../portable/codec.ts";
import { entryOf } from "../portable/registry.ts";
import { External, externals } from "../runtime/external.ts";
import { isGeneratorFunction } from "../runtime/generator.ts";
import { Go, type Site, spawnHere } from "../runtime/goroutine.ts";
import { inWorld, isolation, type World } from "../runtime/isolation.ts";
import type { Operation, Waiter } from "../runtime/operation.ts";
import { operationOf } from "../runtime/probe.ts";
import { p, ready, readyOutside } from "../runtime/processor.ts";
import { Awaited } from "../runtime/promise.ts";
import { G, State } from "../runtime/status.ts";
import { type Seat, seats } from "./callers.ts";

type AnyFunction = (...args: never[]) => unknown;
type Callback = (value: unknown) => unknown;

/** What they tell their world. */
export interface Home extends World {
  /** Goroutines that are not dead. */
  population: number;
  /** Waiters of async code. */
  guests: number;
  /** The goroutine that is being made is a portable function's. */
  copying: boolean;
}

/** A goroutine of a world. */
export class Resident extends Go {
  readonly world: Home;
  /** Of its async code. */
  seat: Seat | null = null;
  /** It is a portable function's: what it gives is a copy. */
  private readonly copies: boolean;

  constructor(
    world: Home,
    id: number,
    fn: AnyFunction,
    args: unknown[],
    parent: number,
    creator: Site | AnyFunction | null,
  ) {
    super(id, fn, args, parent, creator);
    this.world = world;
    this.copies = world.copying;
    world.population++;
  }

  override get isApart(): boolean {
    return true;
  }

  override run(): void {
    const { world } = this;
    if (isolation.world !== world) inWorld(world, () => ready(this));
    else if (this.body === this.fn && !isGeneratorFunction(this.fn)) this.begin();
    else super.run();
  }

  /** It may be an async function: what that awaits is counted for itself. */
  private begin(): void {
    const attempt = seats.getStore();
    const seat: Seat = {
      world: this.world,
      get isOver(): boolean {
        return attempt?.isOver === true;
      },
      set isOver(_) {},
      pending: 0,
    };
    this.seat = seat;
    seats.run(seat, () => super.run());
  }

  override end(failed: boolean, value: unknown): void {
    let result = value;
    let isError = failed;
    if (this.copies && !failed) {
      try {
        result = copyOne(value, `result of ${this.name}`);
      } catch (error) {
        result = error;
        isError = true;
      }
    }
    super.end(isError, result);
    if (isError && !failed && !this.observed) this.world.undecided(this);
    this.world.population--;
  }
}

/** A waiter of a world's async code. */
export class Guest extends External {
  private readonly world: Home;
  private counted = false;
  /** Whose wait it is. */
  private seat: Seat | null = null;

  constructor(
    world: Home,
    op: Operation<unknown>,
    onFulfilled?: Callback | null,
    onRejected?: Callback | null,
  ) {
    super(op, onFulfilled, onRejected);
    this.world = world;
  }

  override get isApart(): boolean {
    return true;
  }

  override enter(): void {
    this.counted = true;
    this.seat = seats.getStore() ?? null;
    if (this.seat !== null) this.seat.pending++;
    this.world.guests++;
    super.enter();
  }

  override fire(op: Operation<unknown>): void {
    this.uncount();
    super.fire(op);
  }

  override refuse(error: unknown): void {
    this.uncount();
    super.refuse(error);
  }

  override run(): void {
    const { world } = this;
    if (isolation.world === world) super.run();
    else inWorld(world, () => readyOutside(this));
  }

  /** Its attempt is over. */
  forget(): void {
    this.leave();
  }

  isOf(world: Home): boolean {
    return this.world === world;
  }

  private uncount(): void {
    if (!this.counted) return;
    this.counted = false;
    if (this.seat !== null) this.seat.pending--;
    this.world.guests--;
  }
}

/** The goroutine for `go(fn, ...args)` of a portable function, which runs here, with copies; null for any other function. */
export function spawnCopied(
  world: Home,
  fn: AnyFunction,
  args: unknown[],
  creator: Site | AnyFunction | null,
  parent: number,
  held: boolean,
): Go | null {
  if (entryOf(fn) === undefined) return null;
  const copies = copyArguments(args, fn.name);
  world.copying = true;
  try {
    return spawnHere(fn, copies, creator, parent, false, held);
  } finally {
    world.copying = false;
  }
}

/** How many goroutines of `world` are async functions that await operations. */
export function asyncBlocked(world: Home): number {
  let count = 0;
  for (const g of p.slots)
    if (g instanceof Resident && g.world === world && g.seat !== null && g.seat.pending > 0) count++;
  return count;
}

/** For what is completed after nobody waits for it any more. */
const nobody: Waiter = { fire() {} };

/** Nobody of `world` is run any more: goroutines and async code leave the queues that they wait in, which may be somebody else's, and lose what they have been given and not taken. */
export function evict(world: Home): void {
  if (world.population > 0) {
    const left = p.slots.filter((g): g is Resident => g instanceof Resident && g.world === world);
    for (const g of left) {
      const op = g.state === G.waiting ? operationOf(g) : null;
      g.abandon();
      if (op !== null) withdraw(op);
    }
    world.population = 0;
  }
  if (world.guests > 0) {
    for (const guest of externals() as Guest[]) {
      guest.forget();
      withdraw(guest.op);
    }
    world.guests = 0;
  }
}

/** As a case that has lost. */
function withdraw(op: Operation<unknown>): void {
  if (op.done === State.fulfilled || op.done === State.failed) return;
  if (op instanceof Awaited && op.done === State.parked) {
    // The host still has it, and will complete it for nobody.
    op.done = State.entered;
    op.owner = nobody;
    return;
  }
  op.owner = nobody;
  op.dequeue();
  op.done = State.finished;
  op.recycle();
}
