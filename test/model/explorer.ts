/**
 * Runs threads in every order that can make a difference, once each: depth first, each schedule from the beginning.
 *
 * Two schedules differ only if two steps that concern each other (the same word, and one of them changes it) come in another order. So whenever a step is found that could have come before an earlier one of another thread, and nothing
 * in between says otherwise, the other order is noted at the earlier one, and tried when its turn comes; and a step whose every continuation has been looked at already sleeps until one that concerns it is made.
 *
 * Invariants:
 *   I1  `clock` of an event: by thread, how many of its events come before (by the order within a thread, of steps that concern each other, of a sleeper after who woke it, and of who hears of an end after that), itself included.
 *   I2  a thread is in `asleep` of a node while all schedules that go on with it there are covered elsewhere.
 *
 * Learned from Flanagan and Godefroid (dynamic partial-order reduction) and Abdulla, Aronis, Jonsson, Sagonas (source sets). A step that waits is not covered there: it may be in the way of none of the
 * orders that were tried. For such a step all events that concern it are looked at, and not only the last ones; those before which it was not possible are passed over.
 */
import type { Access, Threads } from "./threads.ts";

interface Event {
  readonly thread: number;
  /** Its number among its thread's, from 1. */
  readonly number: number;
  readonly accesses: readonly Access[];
  /** A bit for each of the words it accesses: two events that have none in common do not concern each other. */
  readonly words: number;
  readonly clock: Int32Array;
}

class Node {
  readonly enabled: number;
  asleep: number;
  readonly sleepers: (readonly Access[])[];
  backtrack = 0;
  chosen = -1;
  event: Event | null = null;

  constructor(enabled: number, asleep: number, sleepers: (readonly Access[])[]) {
    this.enabled = enabled;
    this.asleep = asleep;
    this.sleepers = sleepers;
  }
}

/** What was looked at. */
export interface Exploration {
  /** Schedules that were run to their end. */
  readonly schedules: number;
  /** Those that were given up because they are like others. */
  readonly redundant: number;
  readonly steps: number;
  /** Steps of the longest. */
  readonly longest: number;
  readonly exhausted: boolean;
}

export interface Limits {
  readonly schedules?: number;
  /** Steps of one schedule: more are taken for one that does not end. */
  readonly steps?: number;
  /** All schedules, without reduction: to compare with. */
  readonly brute?: boolean;
}

/** A schedule that went wrong. */
export class Failure extends Error {
  /** The thread of each step. */
  readonly schedule: readonly number[];

  constructor(cause: unknown, schedule: readonly number[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.schedule = schedule;
  }
}

/** What is run: `begin` puts all in place; `end` looks at what came of it, and throws. Not finished ones wait for ever. */
export interface System {
  readonly threads: Threads;
  begin(): void;
  /** After each step. */
  check?(): void;
  end(unfinished: number): void;
}

const STEPS = 2000;

export function explore(system: System, limits: Limits = {}): Exploration {
  return new Explorer(system, limits).run();
}

class Explorer {
  private readonly system: System;
  private readonly threads: Threads;
  private readonly limits: Limits;
  private readonly count: number;
  private readonly nodes: Node[] = [];
  /** By thread: its last event in the schedule of this moment. */
  private readonly last: (Event | null)[];
  /** By thread: the event that has woken it. */
  private readonly wakers: Event[] = [];
  private readonly seen: Int32Array;
  private steps = 0;

  constructor(system: System, limits: Limits) {
    this.system = system;
    this.threads = system.threads;
    this.limits = limits;
    this.count = system.threads.threads.length;
    this.last = new Array(this.count).fill(null);
    this.seen = new Int32Array(this.count);
  }

  run(): Exploration {
    let schedules = 0;
    let redundant = 0;
    let longest = 0;
    const most = this.limits.schedules ?? Number.POSITIVE_INFINITY;
    do {
      if (schedules + redundant >= most) return this.said(schedules, redundant, longest, false);
      if (this.schedule()) schedules++;
      else redundant++;
      if (this.nodes.length > longest) longest = this.nodes.length;
    } while (this.back());
    return this.said(schedules, redundant, longest, true);
  }

  private said(schedules: number, redundant: number, longest: number, exhausted: boolean): Exploration {
    return { schedules, redundant, steps: this.steps, longest, exhausted };
  }

  /** Runs the schedule that the nodes say, and on; false when it turns out to be like another one. */
  private schedule(): boolean {
    const { nodes, threads, system } = this;
    try {
      system.begin();
      this.last.fill(null);
      for (let i = 0; i < nodes.length - 1; i++) {
        const { chosen, event } = nodes[i] as Node;
        threads.step(chosen);
        if (threads.accesses[0] !== (event as Event).accesses[0]) throw new Error("it is not the same again");
        this.noteWoken(event as Event);
        this.last[chosen] = event;
      }
      this.steps += nodes.length;
      if (nodes.length > 0) this.step(nodes.length - 1);
      for (;;) {
        const before = nodes.at(-1) ?? null;
        const node = this.node(before);
        if (node.enabled === 0) return this.ended();
        if ((node.enabled & ~node.asleep) === 0) {
          this.waiters();
          return false;
        }
        if (nodes.length >= (this.limits.steps ?? STEPS)) {
          throw new Error(`more than ${nodes.length} steps: it seems not to end`);
        }
        nodes.push(node);
        this.choose(node, before?.chosen ?? -1);
        this.steps++;
        this.step(nodes.length - 1);
      }
    } catch (error) {
      throw new Failure(
        error,
        nodes.map(({ chosen }) => chosen),
      );
    }
  }

  private ended(): boolean {
    this.waiters();
    this.system.end(this.threads.unfinished);
    return true;
  }

  /** The node after `before`'s step. */
  private node(before: Node | null): Node {
    const { enabled } = this.threads;
    const sleepers: (readonly Access[])[] = [];
    let asleep = 0;
    if (before !== null && !this.limits.brute) {
      for (let t = 0; t < this.count; t++) {
        if ((before.asleep & (1 << t)) === 0 || t === before.chosen) continue;
        const accesses = before.sleepers[t] as readonly Access[];
        if (concern(accesses, (before.event as Event).accesses)) continue;
        asleep |= 1 << t;
        sleepers[t] = accesses;
      }
    }
    return new Node(enabled, asleep, sleepers);
  }

  private choose(node: Node, before: number): void {
    const open = node.enabled & ~node.asleep;
    node.chosen = before >= 0 && (open & (1 << before)) !== 0 ? before : lowest(open);
    node.backtrack = this.limits.brute ? node.enabled : 1 << node.chosen;
  }

  /** Makes the step that node `n` has chosen. */
  private step(n: number): void {
    const node = this.nodes[n] as Node;
    const { chosen } = node;
    const mayBlock = this.threads.mayBlock(chosen);
    this.threads.step(chosen);
    const own = this.last[chosen] ?? null;
    const clock = own === null ? new Int32Array(this.count) : own.clock.slice();
    const { accesses, hasRisen, heardOf } = this.threads;
    if (hasRisen) join(clock, (this.wakers[chosen] as Event).clock);
    const ended = heardOf < 0 ? null : this.last[heardOf];
    if (ended) join(clock, ended.clock);
    if (!this.limits.brute) this.conflicts(n, chosen, accesses, clock, mayBlock);
    clock[chosen] = (own?.number ?? 0) + 1;
    node.event = {
      thread: chosen,
      number: clock[chosen] as number,
      accesses,
      words: bitsOf(accesses),
      clock,
    };
    this.last[chosen] = node.event;
    this.noteWoken(node.event);
    this.system.check?.();
  }

  private noteWoken(event: Event): void {
    for (let mask = this.threads.woken; mask !== 0; mask &= mask - 1) this.wakers[lowest(mask)] = event;
  }

  /** Threads that wait now: they might have gone on at an earlier moment. */
  private waiters(): void {
    if (this.limits.brute) return;
    for (let t = 0; t < this.count; t++) {
      if ((this.threads.unfinished & (1 << t)) === 0 || !this.threads.mayBlock(t)) continue;
      const clock = this.last[t]?.clock.slice() ?? new Int32Array(this.count);
      this.conflicts(this.nodes.length, t, this.threads.wanted(t), clock, true);
    }
  }

  /** Looks at all events before `n` that a step of `thread` concerns and that need not come before it; `clock` becomes that of the step. */
  private conflicts(
    n: number,
    thread: number,
    accesses: readonly Access[],
    clock: Int32Array,
    mayBlock: boolean,
  ): void {
    const before = mayBlock ? clock.slice() : clock;
    const words = bitsOf(accesses);
    for (let i = n - 1; i >= 0; i--) {
      const event = (this.nodes[i] as Node).event as Event;
      if ((event.words & words) === 0 || event.thread === thread || !concern(event.accesses, accesses))
        continue;
      if (event.number > (before[event.thread] as number)) this.reverse(i, n, thread, clock);
      join(clock, event.clock);
    }
  }

  /** Sees to it that a schedule is tried in which the step of `thread` at `n`, whose clock is `clock` without event `i`, comes before event `i`. */
  private reverse(i: number, n: number, thread: number, clock: Int32Array): void {
    const node = this.nodes[i] as Node;
    const first = node.event as Event;
    const { seen } = this;
    seen.fill(0);
    // What comes after it and is not because of it: those of its events that may come first, too.
    let initial = 0;
    for (let k = i + 1; k < n; k++) {
      const event = (this.nodes[k] as Node).event as Event;
      if ((event.clock[first.thread] as number) >= first.number || seen[event.thread] !== 0) continue;
      if (this.precedes(event.clock, event.thread)) initial |= 1 << event.thread;
      seen[event.thread] = event.number;
    }
    if (seen[thread] === 0 && this.precedes(clock, thread)) initial |= 1 << thread;
    initial &= node.enabled;
    if (initial === 0 || (initial & node.backtrack) !== 0) return;
    node.backtrack |= (initial & (1 << thread)) !== 0 ? 1 << thread : 1 << lowest(initial);
  }

  /** Whether none of the first events that were seen comes before one with this clock. */
  private precedes(clock: Int32Array, thread: number): boolean {
    for (let t = 0; t < this.count; t++) {
      const number = this.seen[t] as number;
      if (t !== thread && number !== 0 && (clock[t] as number) >= number) return false;
    }
    return true;
  }

  /** Back to the last node where something is left to be tried; false when there is none. */
  private back(): boolean {
    for (let node = this.nodes.at(-1); node !== undefined; node = this.nodes.at(-1)) {
      node.asleep |= 1 << node.chosen;
      node.sleepers[node.chosen] = (node.event as Event).accesses;
      const open = node.backtrack & node.enabled & ~node.asleep;
      if (open !== 0) {
        node.chosen = lowest(open);
        return true;
      }
      this.nodes.pop();
    }
    return false;
  }
}

function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

function join(clock: Int32Array, other: Int32Array): void {
  for (let t = 0; t < clock.length; t++)
    if ((other[t] as number) > (clock[t] as number)) clock[t] = other[t] as number;
}

function bitsOf(accesses: readonly Access[]): number {
  let bits = 0;
  for (const access of accesses) bits |= 1 << (access >>> 1);
  return bits;
}

/** Whether one of them changes a word that the other one reads or changes. */
function concern(a: readonly Access[], b: readonly Access[]): boolean {
  for (const one of a) {
    for (const other of b) if (one >>> 1 === other >>> 1 && ((one | other) & 1) !== 0) return true;
  }
  return false;
}
