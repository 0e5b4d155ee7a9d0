/**
 * The tables: which rows, in which order, with which columns.
 */
import type {
  ChannelRow,
  GoroutineRow,
  GroupRow,
  ProcRow,
  StateReply,
  StateWord,
} from "../../web/protocol.ts";
import { count, percent, period, perSecond, seconds } from "./figures.ts";
import { runningOf, type Scene, standingOf } from "./header.ts";
import { bar, sparkline } from "./line.ts";
import type { Column } from "./table.ts";
import type { Sort } from "./view.ts";

const RANK: Readonly<Record<StateWord, number>> = { running: 0, runnable: 1, syscall: 2, waiting: 3 };

/** Waits that end by themselves or by the world outside: nobody blocks them. */
const NOT_BLOCKED: ReadonlySet<string> = new Set(["sleep", "IO wait", "promise", "syscall"]);

/** What goroutines and groups are compared by. */
interface Keys {
  readonly state: StateWord;
  readonly reason: string;
  readonly name: string;
  readonly id: number;
  readonly waited: number;
  readonly count: number;
  /** How long it has held a processor. */
  readonly heldMs: number;
}

const ORDERS: Readonly<Record<Sort, (a: Keys, b: Keys) => number>> = {
  cpu: (a, b) => RANK[a.state] - RANK[b.state] || b.heldMs - a.heldMs || b.count - a.count,
  blocked: (a, b) => blockedRank(a) - blockedRank(b) || b.waited - a.waited || b.count - a.count,
  wait: (a, b) => b.waited - a.waited,
  count: (a, b) => b.count - a.count || RANK[a.state] - RANK[b.state],
  id: () => 0,
  state: (a, b) => RANK[a.state] - RANK[b.state] || byText(a.reason, b.reason) || byText(a.name, b.name),
};

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function blockedRank({ state, reason }: Keys): number {
  return state === "waiting" && !NOT_BLOCKED.has(reason) ? 0 : 1;
}

function sorted<T>(rows: readonly T[], keys: (row: T) => Keys, sort: Sort): T[] {
  const withKeys = rows.map((row) => ({ row, key: keys(row) }));
  withKeys.sort((a, b) => ORDERS[sort](a.key, b.key) || a.key.id - b.key.id);
  return withKeys.map(({ row }) => row);
}

/** The goroutines that the program has answered with: it knows the filter. */
export function goroutinesOf({ goroutines, procs }: StateReply, sort: Sort): GoroutineRow[] {
  const held = new Map(procs.map(({ running, sliceMs }) => [running, sliceMs]));
  const alike = new Map<string, number>();
  for (const { name } of goroutines) alike.set(name, (alike.get(name) ?? 0) + 1);
  const keys = (row: GoroutineRow): Keys => ({
    ...row,
    waited: row.waitedSeconds,
    count: alike.get(row.name) ?? 1,
    heldMs: held.get(row.id) ?? 0,
  });
  return sorted(goroutines, keys, sort);
}

/** The groups that fit the filter, which the program has not looked at: they are all. */
export function groupsOf({ groups, procs }: StateReply, filter: string, sort: Sort): GroupRow[] {
  const held = new Map(procs.map(({ running, sliceMs }) => [running, sliceMs]));
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = groups.filter((group) => words.every((word) => fits(group, word)));
  const keys = (row: GroupRow): Keys => ({
    ...row,
    id: row.example,
    waited: row.longestSeconds,
    heldMs: held.get(row.example) ?? 0,
  });
  return sorted(fitting, keys, sort);
}

function fits({ state, name, reason, where, waitsOn, longestSeconds }: GroupRow, word: string): boolean {
  const blocked = /^blocked>([0-9.]+)(ms|s|m|h)?$/.exec(word);
  if (blocked !== null) {
    const unit = { ms: 0.001, s: 1, m: 60, h: 3600 }[blocked[2] ?? "s"] as number;
    return longestSeconds > Number(blocked[1]) * unit;
  }
  const [, field, text = ""] = /^(state|fn|chan|reason):(.*)$/.exec(word) ?? [undefined, "", word];
  const has = (value: string): boolean => value.toLowerCase().includes(text);
  if (field === "state") return state.startsWith(text);
  if (field === "fn") return has(name);
  if (field === "chan") return has(waitsOn);
  if (field === "reason") return has(reason);
  return has(name) || has(where) || has(reason);
}

function stateOf({ state, reason }: { readonly state: StateWord; readonly reason: string }): string {
  return reason === "" || state === "running" || state === "runnable" ? state : reason;
}

const dash = (text: string): string => (text === "" ? "-" : text);

/** As Go's tools name what has no name. */
const nameOf = (name: string): string => (name === "" ? "(anonymous)" : name);

export const GROUP_COLUMNS: readonly Column<GroupRow>[] = [
  { title: "COUNT", text: (row) => count(row.count), align: "right" },
  { title: "GOID", text: (row) => String(row.example), align: "right", drop: 3 },
  { title: "STATE", text: stateOf, min: 15 },
  { title: "FOR", text: (row) => seconds(row.longestSeconds), align: "right", drop: 1 },
  { title: "FUNCTION", text: (row) => nameOf(row.name), min: 10 },
  { title: "WAITS ON", text: (row) => dash(row.waitsOn), min: 7, drop: 2 },
  { title: "WHERE", text: (row) => dash(row.where), min: 18, keep: "end", drop: 4 },
];

export const GOROUTINE_COLUMNS: readonly Column<GoroutineRow>[] = [
  { title: "GOID", text: (row) => String(row.id), align: "right" },
  { title: "STATE", text: stateOf, min: 15 },
  { title: "FOR", text: (row) => seconds(row.waitedSeconds), align: "right", drop: 1 },
  { title: "P", text: (row) => String(row.proc), align: "right", drop: 6 },
  { title: "FUNCTION", text: (row) => nameOf(row.name), min: 10 },
  { title: "WAITS ON", text: (row) => dash(row.waitsOn), min: 7, drop: 2 },
  { title: "WHERE", text: (row) => dash(row.where), min: 18, keep: "end", drop: 4 },
  {
    title: "CREATED BY",
    text: ({ parent, creator }) =>
      dash([creator, parent > 0 ? `in G${parent}` : ""].filter(Boolean).join(" ")),
    min: 10,
    drop: 7,
  },
];

export function channelColumns({ glyphs }: Scene): readonly Column<ChannelRow>[] {
  const fill = ({ length, capacity }: ChannelRow): string =>
    capacity > 0 ? bar(length / capacity, 8, glyphs) : "unbuffered";
  const queue = (numbers: readonly number[], total: number): string => {
    const more = total > numbers.length ? ` +${count(total - numbers.length)}` : "";
    return numbers.length === 0 ? "" : numbers.map((id) => `G${id}`).join(" ") + more;
  };
  return [
    { title: "CHANNEL", text: ({ label }) => label, min: 8 },
    { title: "KIND", text: ({ kind }) => kind, drop: 7 },
    { title: "P", text: ({ proc }) => (proc < 0 ? "-" : String(proc)), align: "right", drop: 8 },
    { title: "FILL", text: fill, drop: 5 },
    { title: "LEN/CAP", text: ({ length, capacity }) => `${length}/${capacity}`, align: "right", drop: 3 },
    { title: "RECVQ", text: ({ receiverCount }) => count(receiverCount), align: "right" },
    { title: "SENDQ", text: ({ senderCount }) => count(senderCount), align: "right" },
    { title: "STANDS", text: (row) => dash(standingOf(row)) },
    {
      title: "WHO WAITS",
      text: ({ receivers, receiverCount, senders, senderCount }) =>
        dash([queue(receivers, receiverCount), queue(senders, senderCount)].filter(Boolean).join(" | ")),
      min: 16,
      drop: 6,
    },
  ];
}

export function procColumns({ rates, view, glyphs }: Scene): readonly Column<ProcRow>[] {
  const most = Math.max(4, ...[...view.queues.values()].flat());
  return [
    { title: "P", text: ({ id }) => String(id), align: "right" },
    {
      title: "THREAD",
      text: ({ machine }) => (machine < 0 ? "-" : String(machine)),
      align: "right",
      drop: 7,
    },
    { title: "BUSY", text: ({ id }) => bar(rates.procs.get(id)?.busy ?? null, 8, glyphs), drop: 6 },
    { title: "CPU", text: ({ id }) => percent(rates.procs.get(id)?.busy ?? null), align: "right" },
    { title: "RUNNING", text: (proc) => runningOf(proc, { ...glyphs, shown: (text) => text }).text, min: 16 },
    { title: "RUNQ", text: ({ runq }) => count(runq), align: "right" },
    { title: "HISTORY", text: ({ id }) => sparkline(view.queues.get(id) ?? [], most, 8, glyphs), drop: 5 },
    {
      title: "TICKS",
      text: ({ id }) => perSecond(rates.procs.get(id)?.ticks ?? null),
      align: "right",
      drop: 2,
    },
    {
      title: "STOLEN",
      text: ({ id }) => perSecond(rates.procs.get(id)?.stolen ?? null),
      align: "right",
      drop: 3,
    },
    { title: "TIMERS", text: ({ timers }) => count(timers), align: "right", drop: 8 },
    { title: "TOLD", text: ({ toldMsAgo }) => `${period(toldMsAgo)} ago`, align: "right", drop: 4 },
  ];
}
