/**
 * A world apart: a scheduler of its own for the goroutines of a bubble or of an explored program.
 *
 * It is the runtime's own code that runs in it: parking, queues, operations, timers. What a world has for itself is what they work on: run queue, timers, clock, numbers of goroutines, counts. It is swapped in when the world is entered, and
 * out when it is left, by one thread, never inside a goroutine.
 *
 * Time stands still while anybody can run. When nobody can, that is when all its goroutines are *durably blocked*, it moves to the next timer. A goroutine is durably blocked when only another goroutine of the world or its time can wake it:
 * it waits for a channel, a lock, a sleep, a join, a network in memory. One that waits for a promise of the host's is not. An async function is while it awaits an operation: what it does between two of them are microtasks,
 * and a world that has such functions is left only behind them.
 *
 * So one turn of a world is two callbacks of the event loop, with the microtasks in between (turns.ts).
 *
 * Invariants:
 *   I1  `isolation.world` is this one exactly between enter and leave; then the processor's queue, the timers, the clock and the counts are its own.
 *   I2  a goroutine of the world that somebody makes ready elsewhere comes to the world's run queue when its turn comes there (Resident.run).
 *   I3  when an attempt is over, nothing of it is in a queue or in the processor's table, but for those who wait for the host and leave when that is over.
 *
 * Go: internal/synctest, runtime/synctest.go.
 */

import { chance } from "../base/rand.ts";
import type { Transport } from "../net/transport.ts";
import { clock } from "../runtime/clock.ts";
import { mains } from "../runtime/deadlock.ts";
import { type Go, numbers, spawnHere } from "../runtime/goroutine.ts";
import { inWorld, isolation } from "../runtime/isolation.ts";
import { host } from "../runtime/netpoll.ts";
import type { Operation } from "../runtime/operation.ts";
import { order } from "../runtime/order.ts";
import { leave, p, type Runnable, take } from "../runtime/processor.ts";
import { fireDue, timersApart, timersNow } from "../runtime/timers.ts";
import { ownStacks } from "../runtime/traceback.ts";
import { microtasks, type Seat, seats, worldBegins, worldEnds } from "./callers.ts";
import { HostError } from "./errors.ts";
import type { Decider, Job, Outcome } from "./job.ts";
import { HostWatch, isAnybodyOutside, Outside } from "./outside.ts";
import { Realm } from "./realm.ts";
import { asyncBlocked, evict, spawnCopied } from "./resident.ts";
import { blank, type State, swap } from "./state.ts";
import { type Turned, Turns } from "./turns.ts";

type AnyFunction = (...args: never[]) => unknown;

/** The wall clock of a world begins here, as Go's does. */
const WALL_START = Date.UTC(2000, 0, 1);
/** Real milliseconds after which a world lets the event loop turn. */
const STINT_MS = 10;
/** Steps between two looks at the real clock. */
const STEPS_A_LOOK = 256;

export class World extends Realm implements Turned {
  /** Who waits for all others to be durably blocked. */
  settling: { settled(): void } | null = null;
  /** Steps of this attempt: runs of a goroutine, and operations that took effect at once. */
  steps = 0;
  /** The most steps that an attempt may have. */
  mostSteps: number = Number.POSITIVE_INFINITY;
  main: Go | null = null;
  isMainOver = false;
  timeMs = 0;
  private readonly job: Job;
  private decider: Decider | null = null;
  private state: State;
  /** What it took the place of; null while it is not entered. */
  private away: State | null = null;
  /** Counts the attempts. */
  private epoch = 0;
  private outcome: Outcome | null = null;
  private running = false;
  private over = false;
  private stintEnds = 0;
  private realClock: () => number = clock.read;
  private interrupted = false;
  /** No microtask is left of what has run. */
  private isDrained = false;
  /** Only the host can wake somebody. */
  private awaitsHost = false;
  private readonly turns = new Turns(this);
  private readonly hostWatch = new HostWatch();
  private readonly outside = new Outside(
    () => this.turns.request(),
    () => {
      inWorld(this, () => this.fail(this.job.stuck().value));
      this.turns.request();
    },
  );
  private readonly looping = (): void => this.loop();
  /** The attempt, for its async code. */
  private seat: Seat = { world: this, isOver: true, pending: 0 };

  /** `transport` is its network. */
  constructor(job: Job, transport: Transport) {
    super();
    this.job = job;
    this.state = blank(
      { read: () => this.timeMs, wall: () => WALL_START + this.timeMs },
      () => this.turns.request(),
      (fn, args, creator, parent, held) => spawnCopied(this, fn, args, creator, parent, held),
      transport,
      this,
    );
    timersApart(this.state.timers, true);
    worldBegins(this);
  }

  enter(): void {
    this.away = swap(this.state);
    isolation.world = this;
    isolation.epoch = this.epoch;
    this.realClock = this.away.read;
  }

  leave(): void {
    this.state = swap(this.away as State);
    isolation.world = null;
    isolation.epoch = 0;
    this.away = null;
  }

  visited(): void {
    if (!this.over) this.turns.request();
  }

  givesWay(op: Operation<unknown>): boolean {
    this.steps++;
    const { decider } = this;
    if (decider !== null) {
      p.budget = 0;
      if (this.steps > this.mostSteps) return true;
      return decider.givesWay(op);
    }
    p.budget = STEPS_A_LOOK;
    this.look();
    return this.interrupted;
  }

  /** Inside {@link Job.next}: begins an attempt, with `main` as the main goroutine. */
  begin(main: AnyFunction, decider: Decider | null): void {
    this.decider = decider;
    isolation.epoch = ++this.epoch;
    order.chooser = decider;
    chance.choose = decider === null ? null : (n) => decider.choose(n);
    p.budget = decider === null ? STEPS_A_LOOK : 0;
    this.timeMs = 0;
    this.steps = 0;
    this.outcome = null;
    this.isMainOver = false;
    this.running = true;
    this.seat = { world: this, isOver: false, pending: 0 };
    this.isDrained = false;
    this.awaitsHost = false;
    numbers.next = 2;
    numbers.main = 1;
    p.seconds = 0;
    const g = spawnHere(main, [], null, 0, true);
    this.main = g;
    g.watch({
      fire: () => {
        this.isMainOver = true;
        if (g.failed) this.outcome ??= { ok: false, value: g.value };
      },
    });
  }

  /** Ends the attempt with an error. */
  fail(error: unknown): void {
    this.outcome ??= { ok: false, value: error };
  }

  first(): void {
    this.hostWatch.begin();
    microtasks.pending = false;
    this.outside.end();
    this.enter();
    this.stintEnds = this.realClock() + STINT_MS;
    this.work();
  }

  between(): void {
    this.sawAsync = true;
    if (!p.looping && !this.interrupted && this.decider === null) this.work();
  }

  drained(): boolean {
    this.isDrained = true;
    microtasks.pending = false;
    if (!this.interrupted) this.work();
    return !this.interrupted && !this.awaitsHost && (this.running || p.runq.size > 0);
  }

  last(): boolean {
    this.isDrained = true;
    // Now and not in the next turn: by then the host may have done it, this time.
    if (
      this.running &&
      p.runq.size === 0 &&
      this.decider !== null &&
      this.isHostNeeded &&
      timersNow().loud === 0
    )
      this.awaitHost();
    const { running, interrupted, awaitsHost } = this;
    const isIdle = p.runq.size === 0 && awaitsHost && !interrupted;
    const isLatent = host.latent > 0;
    this.leave();
    if (running || interrupted) {
      if (isIdle) this.outside.begin(isLatent);
      return !isIdle;
    }
    if (!this.over) this.close();
    return false;
  }

  private close(): void {
    this.over = true;
    timersApart(this.state.timers, false);
    worldEnds(this, this.sawAsync);
    this.job.done();
  }

  /** Runs attempts until one has to wait, or it is time for the event loop. */
  private work(): void {
    this.interrupted = false;
    if (this.over) return;
    while (this.running || this.next()) {
      seats.run(this.seat, this.looping);
      const { outcome } = this;
      if (outcome === null) return;
      this.running = false;
      this.seat.isOver = true;
      this.abandon();
      this.job.over(outcome);
      if (this.realClock() > this.stintEnds) {
        this.interrupted = true;
        return;
      }
    }
  }

  /** Begins the next attempt, from a place where no loop need be asked for. */
  private next(): boolean {
    p.looping = true;
    const begun = this.job.next();
    p.looping = false;
    return begun;
  }

  /** Runs what can run until the attempt is over or has to wait for the host or for microtasks. */
  private loop(): void {
    p.looping = true;
    p.owesMicrotasks = false;
    while (this.outcome === null && !this.interrupted) {
      const next = take();
      if (next === undefined) {
        if (this.advance()) continue;
        break;
      }
      this.isDrained = false;
      this.hostWatch.reset();
      this.outside.reset();
      if (this.isOwn(next)) this.step(next);
      else this.sendHome(next);
      // Each step is a choice of its own: its microtasks come before the next one.
      if (microtasks.pending && this.decider !== null) break;
    }
    leave();
    p.looping = false;
  }

  private step(next: Runnable): void {
    if (++this.steps > this.mostSteps) {
      this.fail(this.endless());
      return;
    }
    const watcher = this.decider === null ? null : this.decider.watcher;
    if (watcher === null) {
      next.run();
    } else {
      watcher.before(next);
      next.run();
      leave();
      watcher.after(next);
    }
    if ((this.steps & (STEPS_A_LOOK - 1)) === 0 && this.decider === null) this.look();
  }

  /** Set by who explores: the error of an attempt with too many steps. */
  endless: () => unknown = () => new Error("too many steps");

  private look(): void {
    if (this.realClock() > this.stintEnds) this.interrupted = true;
  }

  /** Nobody can run. Makes somebody ready, or ends the attempt; false: microtasks or the host come first. */
  private advance(): boolean {
    const drained = this.isDrained;
    this.awaitsHost = false;
    leave();
    if (!drained && (microtasks.pending || p.owesMicrotasks)) return false;
    if (this.decider === null && this.isHostNeeded) {
      if (this.hostWatch.mayActNext()) {
        this.interrupted = true;
        return false;
      }
      if (this.hostWatch.acts) return this.awaitHost();
    }
    if (this.panics.length > 0) return this.decide();
    if (timersNow().heap.first <= this.timeMs) {
      // For what is due already no time has to pass.
      fireDue(this.timeMs);
      return true;
    }
    if (this.settling !== null) {
      this.settling.settled();
      return true;
    }
    if (this.isMainOver && this.population === 0) {
      this.outcome = { ok: true, value: (this.main as Go).value };
      return true;
    }
    if (!this.isMainOver && this.moveTime()) return true;
    // A promise, or a signal of the host's.
    const mayEnd = this.isHostNeeded || (host.promises > 0 && this.decider === null && this.hostWatch.acts);
    if (mayEnd || (host.latent > 0 && !this.isMainOver)) return this.awaitHost();
    const { runq, waiting } = this.away as State;
    if (this.decider === null && isAnybodyOutside(runq.size, waiting)) return this.awaitHost();
    this.outcome = this.job.stuck();
    if (mains.size === 0) return true;
    // A run inside the world hears of it first, and may go on.
    const over = [...mains];
    mains.clear();
    for (const main of over) main.reject(this.outcome.value as never);
    this.outcome = null;
    this.isDrained = false;
    return false;
  }

  private moveTime(): boolean {
    const timers = timersNow();
    const at = timers.heap.first;
    // A quiet timer is somebody's who waits for the network in memory, or for nobody's.
    const isAwaited = timers.loud > 0 || host.latent > 0 || host.waiting > host.promises;
    if (at === Number.POSITIVE_INFINITY || !isAwaited) return false;
    if (at > this.timeMs) {
      this.timeMs = at;
      p.seconds = (at / 1000) | 0;
    }
    fireDue(this.timeMs);
    return true;
  }

  /** Somebody waits for a promise of which nobody knows who settles it. Async functions that await operations, or a run, are blocked as durably as those are. */
  private get isHostNeeded(): boolean {
    return host.promises > 0 && host.promises > asyncBlocked(this) + mains.size;
  }

  private decide(): boolean {
    const g = this.decidePanics();
    if (g !== null) this.fail(g.value);
    return true;
  }

  /** The host has to settle a promise. Where schedules are explored that is an error: what the host does is in none. */
  private awaitHost(): boolean {
    if (this.decider === null) {
      this.awaitsHost = true;
      return false;
    }
    this.fail(
      new HostError(
        `a schedule cannot hold what the host does: a goroutine waits for a promise, or a signal, that only the host can end\n\n${ownStacks()}`,
      ),
    );
    return true;
  }

  /** Nothing of the attempt is left. */
  private abandon(): void {
    order.chooser = null;
    this.panics = [];
    this.settling = null;
    this.main = null;
    mains.clear();
    evict(this);
    // Whoever of the world was ready has been evicted; others have been served by somebody's leaving a queue.
    for (let next = take(); next !== undefined || p.runq.size > 0; next = take()) {
      if (next !== undefined && !this.isOwn(next)) this.sendHome(next);
    }
    host.waiting = 0;
    host.promises = 0;
    host.latent = 0;
    timersNow().heap.clear();
    timersNow().loud = 0;
  }
}
