/**
 * Traces of a scheduler that never was: processors, queues, waits, wakes, steals and what a program says of itself, as the words of rings.
 *
 * It keeps the books by itself while it makes events, so that a test can compare what is read from a trace with what has happened.
 */
import { EVENT_WORDS, Kind, RunEnd } from "#src/trace/events.ts";
import {
  EventsEncoder,
  endChunk,
  metaChunk,
  namesChunk,
  TRACE_HEADER,
  traceChunk,
} from "#src/trace/format.ts";
import { random } from "./numbers.ts";

export interface Truth {
  runs: number;
  runningUnits: number;
  waitingUnits: number;
  waits: number;
  queuedUnits: number;
  queued: number;
  created: number;
  ended: number;
  hostWakes: number;
  wakes: number;
  steals: number;
  stolen: number;
  regions: number;
  tasks: number;
  logs: number;
  longestWait: number;
  longestRun: number;
}

export interface Ring {
  readonly machine: number;
  words: Int32Array;
  count: number;
  readonly names: readonly string[];
}

export interface Synthetic {
  readonly rings: readonly Ring[];
  readonly truth: Truth;
  readonly file: Uint8Array;
}

export const FUNCTIONS: readonly string[] = ["", "main", "worker", 'na"me\n', "fetch", "résumé ✓"];
/** No more are made while so many wait. */
const MOST_WAITING = 1000;
const LOG_CATEGORY = 6;
const REGION = 7;
const TASK = 8;
const MESSAGE = 9;
const NAMES: readonly string[] = [...FUNCTIONS, "cache", "parse", "job", "hit \\ miss"];

interface Goroutine {
  readonly id: number;
  /** When it became runnable, or began to wait. */
  since: number;
  reason: number;
  regions: number;
  /** It has never run. */
  fresh: boolean;
}

interface Proc {
  readonly ring: Ring;
  now: number;
  synced: number;
  queue: Goroutine[];
}

export interface Plan {
  readonly seed: number;
  readonly events: number;
  readonly procs: number;
  /** Where the clock stands at the beginning, in units. */
  readonly at?: number;
  /** Events of a chunk. */
  readonly chunk?: number;
  /** What happens during a run has its own time, and not the run's. */
  readonly exact?: boolean;
}

/** Makes about so many events. */
export function synthetic(plan: Plan): Synthetic {
  const dice = random(plan.seed);
  const start = plan.at ?? 1_000_000;
  const truth: Truth = {
    runs: 0,
    runningUnits: 0,
    waitingUnits: 0,
    waits: 0,
    queuedUnits: 0,
    queued: 0,
    created: 0,
    ended: 0,
    hostWakes: 0,
    wakes: 0,
    steals: 0,
    stolen: 0,
    regions: 0,
    tasks: 0,
    logs: 0,
    longestWait: 0,
    longestRun: 0,
  };
  const procs: Proc[] = Array.from({ length: plan.procs }, (_, machine) => ({
    ring: { machine, words: new Int32Array(4096), count: 0, names: NAMES },
    now: start,
    synced: Number.NEGATIVE_INFINITY,
    queue: [],
  }));
  const waiting: Goroutine[] = [];
  let ids = 0;
  /** When each was begun. */
  const tasks: number[] = [];
  let made = 0;

  const write = (
    proc: Proc,
    time: number,
    kind: number,
    reason: number,
    name: number,
    a: number,
    b: number,
  ): void => {
    if (proc.now - proc.synced >= 10_000_000) {
      proc.synced = proc.now;
      put(proc.ring, proc.now, Kind.sync, 0, 0, Math.floor(proc.now / 2 ** 32), 0);
    }
    put(proc.ring, time, kind, reason, name, a, b);
    made++;
  };
  const create = (proc: Proc, by: number, time: number): void => {
    const g = { id: ++ids, since: time, reason: 0, regions: 0, fresh: true };
    write(proc, time, Kind.create, 0, 1 + dice.below(FUNCTIONS.length - 1), g.id, by);
    truth.created++;
    proc.queue.push(g);
  };
  /** Ends a wait; false: the one that was looked at has begun to wait later than that. */
  const wake = (proc: Proc, by: number, time: number): boolean => {
    const place = dice.below(waiting.length);
    const g = waiting[place];
    if (g === undefined || g.since > time) return false;
    waiting[place] = waiting[waiting.length - 1] as Goroutine;
    waiting.pop();
    write(proc, time, Kind.unblock, g.reason, 0, g.id, by);
    truth.waits++;
    truth.waitingUnits += time - g.since;
    truth.longestWait = Math.max(truth.longestWait, time - g.since);
    if (by === 0) truth.hostWakes++;
    else truth.wakes++;
    g.since = time;
    g.reason = 0;
    proc.queue.push(g);
    return true;
  };
  const steal = (proc: Proc): void => {
    const victim = procs.reduce((most, other) => (other.queue.length > most.queue.length ? other : most));
    if (victim === proc || victim.queue.length < 2) return;
    const taken = victim.queue.splice(0, victim.queue.length >> 1);
    proc.queue.push(...taken);
    write(proc, proc.now, Kind.steal, 0, 0, taken.length, victim.ring.machine);
    truth.steals++;
    truth.stolen += taken.length;
  };
  const work = (proc: Proc, g: Goroutine, began: number, length: number): void => {
    const moment = (): number => (plan.exact ? Math.min(began + length, proc.now + 1) : began);
    for (let acts = dice.below(3); acts > 0; acts--) {
      if (plan.exact) proc.now = moment();
      const time = plan.exact ? proc.now : began;
      const act = dice.below(20);
      if (act < 9) wake(proc, g.id, time);
      else if ((act < 11 && waiting.length < MOST_WAITING) || ids < 8) create(proc, g.id, time);
      else if (act === 12) {
        write(proc, time, Kind.regionBegin, 0, REGION, g.id, 0);
        g.regions++;
      } else if (act === 13 && g.regions > 0) {
        write(proc, time, Kind.regionEnd, 0, REGION, g.id, 0);
        g.regions--;
        truth.regions++;
      } else if (act === 14) write(proc, time, Kind.taskBegin, 0, TASK, tasks.push(time), 0);
      else if (act === 15 && (tasks[truth.tasks] ?? time) < time)
        write(proc, time, Kind.taskEnd, 0, TASK, ++truth.tasks, g.id);
      else if (act === 16) {
        write(proc, time, Kind.log, 0, LOG_CATEGORY, g.id, MESSAGE);
        truth.logs++;
      }
    }
  };

  create(procs[0] as Proc, 0, start);
  while (made < plan.events) {
    const proc = procs.reduce((first, other) => (other.now < first.now ? other : first));
    proc.now += 1 + dice.below(4);
    if (proc.queue.length === 0 && dice.below(2) === 0) steal(proc);
    if (dice.below(50) === 0 || procs.every(({ queue }) => queue.length === 0)) wake(proc, 0, proc.now);
    const g = proc.queue.shift();
    if (g === undefined) {
      if (ids < 8 || truth.ended === ids) create(proc, 0, proc.now);
      proc.now += dice.below(40);
      continue;
    }
    // Later than what made it runnable: at the same time on two machines, nobody could tell what was first.
    const began = Math.max(proc.now, g.since + 1);
    proc.now = began;
    const length = dice.below(100) === 0 ? dice.below(5000) : dice.below(60);
    truth.queued++;
    truth.queuedUnits += began - g.since;
    work(proc, g, began, length);
    proc.now = began + length;
    truth.runs++;
    truth.runningUnits += length;
    truth.longestRun = Math.max(truth.longestRun, length);
    const fate = dice.below(20);
    const end = fate < 13 ? RunEnd.blocked : fate < 18 || g.regions > 0 ? RunEnd.yielded : RunEnd.ended;
    g.since = proc.now;
    g.fresh = false;
    g.reason = end === RunEnd.blocked ? 1 + dice.below(14) : 0;
    write(proc, began, Kind.run, g.reason, 0, g.id, length * 8 + end);
    if (end === RunEnd.blocked) waiting.push(g);
    else if (end === RunEnd.yielded) proc.queue.push(g);
    else truth.ended++;
  }
  const rings = procs.map(({ ring }) => ring);
  return { rings, truth, file: fileOf(rings, plan.chunk ?? 4096) };
}

function put(
  ring: Ring,
  time: number,
  kind: number,
  reason: number,
  name: number,
  a: number,
  b: number,
): void {
  const at = ring.count++ * EVENT_WORDS;
  if (at + EVENT_WORDS > ring.words.length) {
    const longer = new Int32Array(ring.words.length * 2);
    longer.set(ring.words);
    ring.words = longer;
  }
  ring.words[at] = (time % 2 ** 32) | 0;
  ring.words[at + 1] = kind | (reason << 8) | (name << 16);
  ring.words[at + 2] = a;
  ring.words[at + 3] = b;
}

/** A whole file: chunks of the machines take turns. */
export function fileOf(rings: readonly Ring[], chunk = 4096, end = true): Uint8Array {
  const parts: Uint8Array[] = [TRACE_HEADER];
  const meta = { pid: 7, node: "20.0.0", gort: "0.1.0", procs: rings.length, program: "synthetic.ts" };
  parts.push(metaChunk(0, 0, { ...meta, startedAt: "2026-01-02T03:04:05.678Z", clockMs: 100 }));
  for (const { machine, names } of rings) parts.push(namesChunk(machine, machine, 1, names.slice(1)));
  const encoders = rings.map(() => new EventsEncoder());
  for (let at = 0; rings.some(({ count }) => count > at); at += chunk) {
    for (const [i, { machine, words, count }] of rings.entries()) {
      if (count <= at) continue;
      const payload = (encoders[i] as EventsEncoder).encode(
        words,
        at * EVENT_WORDS,
        Math.min(chunk, count - at),
      );
      if (payload.length > 0) parts.push(traceChunk(3, machine, machine, payload));
    }
  }
  if (end) parts.push(endChunk(0, 0, { reason: "exit", lost: 0 }));
  return Buffer.concat(parts);
}
