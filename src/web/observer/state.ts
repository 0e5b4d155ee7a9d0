/**
 * The state as it is answered: what the threads have told of themselves (frames), with the books in shared memory, which are right also of a thread that computes.
 *
 * Invariants:
 *   I1  nothing here waits, or grows with the number of goroutines: frames have the rows that were asked for, and sums.
 *   I2  what is exact comes from the books: how many goroutines, who computes and for how long. What a silent thread told last stands, with its age.
 */
import { REASONS, reasonText } from "../../runtime/wait-reason.ts";
import { rowFilter, rowOrder } from "../../trace/row-filter.ts";
import type { Frame } from "../../trace/telling.ts";
import type {
  ChannelRow,
  GoroutineRow,
  Graph,
  GroupRow,
  ProcRow,
  StateQuery,
  StateWord,
  Totals,
} from "../protocol.ts";
import type { Books, MachineBooks } from "./books.ts";

const MOST_ROWS = 200;

/** A frame, and how old it is. */
export interface Known {
  readonly frame: Frame;
  readonly ageMs: number;
}

/** By machine, as far as it has told. */
export type Frames = ReadonlyMap<number, Known>;

const STATE_WORDS: readonly StateWord[] = ["runnable", "running", "waiting", "syscall"];

/** How many of a machine's are in each state (in the order of a frame's `states`), and waiting for what. */
export function statesOf(
  one: MachineBooks,
  frames: Frames,
): { states: readonly number[]; blocked: Readonly<Record<string, number>> } {
  const frame = frames.get(one.machine)?.frame;
  if (frame !== undefined) return frame;
  // It has told nothing yet: what the books say.
  const running = one.sliceMs > 0 && one.goroutines > 0 ? 1 : 0;
  const runnable = Math.min(one.runq, one.goroutines - running);
  return { states: [runnable, running, Math.max(0, one.goroutines - running - runnable), 0], blocked: {} };
}

export function totalsOf(books: Books, frames: Frames): Totals {
  const { machines } = books;
  const sum = (of: (one: MachineBooks) => number): number => machines.reduce((all, one) => all + of(one), 0);
  const blocked: Record<string, number> = {};
  const states = [0, 0, 0, 0];
  for (const one of machines) {
    if (!one.isAlive) continue;
    const its = statesOf(one, frames);
    its.states.forEach((count, i) => {
      states[i] = (states[i] as number) + count;
    });
    for (const [reason, count] of Object.entries(its.blocked))
      blocked[reason] = (blocked[reason] ?? 0) + count;
  }
  const goroutines = sum((one) => one.goroutines);
  const created = Math.max(
    goroutines,
    sum((one) => one.created),
  );
  const [runnable, running, waiting, syscall] = states as [number, number, number, number];
  return {
    goroutines,
    created,
    ended: created - goroutines,
    running,
    runnable,
    waiting,
    syscall,
    blocked,
    timers: sum((one) => one.timers),
    steals: sum((one) => one.stolen),
    longSlices: sum((one) => one.longSlices),
    queued: books.queued,
    ticks: sum((one) => one.steps),
  };
}

/** One row for each processor. A thread's name for a goroutine is looked up among the rows that it told. */
export function procRows(books: Books, frames: Frames): ProcRow[] {
  return Array.from({ length: books.procs }, (_, id) => {
    const its = books.machines.filter((one) => one.proc === id);
    const sum = (of: (one: MachineBooks) => number): number => its.reduce((all, one) => all + of(one), 0);
    const now = its.findLast((one) => one.isAlive);
    const known = now === undefined ? undefined : frames.get(now.machine);
    const running = now === undefined ? 0 : runningOf(now, known);
    const sliceMs = now?.sliceMs ?? 0;
    return {
      id,
      machine: now?.machine ?? -1,
      status: sliceMs > 0 || (now?.runq ?? 0) > 0 ? "running" : "idle",
      running,
      runningName: nameOf(running, frames),
      sliceMs,
      runq: now?.runq ?? 0,
      timers: now?.timers ?? 0,
      ticks: sum((one) => one.steps),
      // The slice that lasts is in no books yet.
      busyMs: sum((one) => one.busyMs) + sliceMs,
      stolen: sum((one) => one.stolen),
      toldMsAgo: known?.ageMs ?? -1,
    };
  });
}

/** Published, or else the one that the thread itself said was running: by a frame from within the slice. */
function runningOf(one: MachineBooks, known: Known | undefined): number {
  if (one.running !== 0 || known === undefined || known.ageMs > one.sliceMs) return one.running;
  return known.frame.goroutines.find(({ state }) => state === "running")?.id ?? 0;
}

export function nameOf(goroutine: number, frames: Frames): string {
  if (goroutine === 0) return "";
  for (const { frame } of frames.values()) {
    const row = frame.goroutines.find(({ id }) => id >>> 0 === goroutine >>> 0);
    if (row !== undefined) return row.name;
  }
  return "";
}

/** The rows that fit, in order. `isTold`: the threads have answered this very query. */
export function goroutineRows(
  query: StateQuery,
  books: Books,
  frames: Frames,
  isTold: boolean,
): { rows: readonly GoroutineRow[]; fitting: number } {
  const fits = rowFilter(query.filter ?? "");
  const rows: GoroutineRow[] = [];
  let fitting = 0;
  for (const one of books.machines) {
    const frame = one.isAlive ? frames.get(one.machine)?.frame : undefined;
    if (frame === undefined) continue;
    const its = frame.goroutines.filter(fits);
    for (const row of its) rows.push(row);
    fitting += isTold ? frame.fitting : its.length;
  }
  rows.sort(rowOrder(query.sort));
  return { rows: rows.slice(0, query.limit ?? MOST_ROWS), fitting: Math.max(fitting, rows.length) };
}

/** Equal groups of several threads are one. */
export function groupRows(frames: readonly Frame[]): readonly GroupRow[] {
  const found = new Map<string, GroupRow>();
  for (const row of frames.flatMap(({ groups }) => groups)) {
    const key = JSON.stringify([row.state, row.reason, row.name, row.waitsOn]);
    const other = found.get(key);
    if (other === undefined) {
      found.set(key, row);
      continue;
    }
    found.set(key, {
      ...(other.longestSeconds >= row.longestSeconds ? other : row),
      count: other.count + row.count,
    });
  }
  return [...found.values()]
    .sort((a, b) => b.count - a.count || STATE_WORDS.indexOf(a.state) - STATE_WORDS.indexOf(b.state))
    .slice(0, MOST_ROWS);
}

/** A channel that several threads share is one row. */
export function channelRows(frames: readonly Frame[]): readonly ChannelRow[] {
  const found = new Map<string, ChannelRow>();
  for (const row of frames.flatMap(({ channels }) => channels)) {
    const key = row.kind === "shared chan" ? row.label : `${row.proc} ${row.label}`;
    const other = found.get(key);
    found.set(key, other === undefined ? row : together(other, row));
  }
  const waiters = (row: ChannelRow): number => row.receiverCount + row.senderCount;
  return [...found.values()]
    .sort((a, b) => Number(waiters(b) > 0) - Number(waiters(a) > 0) || numberOf(a) - numberOf(b))
    .slice(0, MOST_ROWS);
}

function together(a: ChannelRow, b: ChannelRow): ChannelRow {
  const most = 20;
  const receivers = [...new Set([...a.receivers, ...b.receivers])];
  const senders = [...new Set([...a.senders, ...b.senders])];
  return {
    ...a,
    receivers: receivers.slice(0, most),
    receiverCount: Math.max(receivers.length, a.receiverCount, b.receiverCount),
    senders: senders.slice(0, most),
    senderCount: Math.max(senders.length, a.senderCount, b.senderCount),
    stuckMs: Math.max(a.stuckMs, b.stuckMs),
  };
}

function numberOf(row: ChannelRow): number {
  return Number(/\d+$/.exec(row.label)?.[0] ?? 0);
}

/** The graphs of all threads as one. */
export function graphOf(frames: readonly Frame[]): Graph {
  const nodes = new Map<number, Graph["nodes"][number]>();
  const edges = new Map<string, Graph["edges"][number]>();
  const cycles = new Map<string, Graph["cycles"][number]>();
  for (const { graph } of frames) {
    for (const node of graph.nodes) nodes.set(node.goid, node);
    for (const edge of graph.edges) edges.set(`${edge.from} ${edge.to} ${edge.object}`, edge);
    for (const cycle of graph.cycles) cycles.set([...cycle].sort((a, b) => a - b).join(" "), cycle);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], cycles: [...cycles.values()] };
}

/** A count for each reason (wait-reason.ts), of counts by its words. */
export function byReason(blocked: Readonly<Record<string, number>>): number[] {
  return Array.from({ length: REASONS }, (_, reason) => blocked[reasonText(reason)] ?? 0);
}
