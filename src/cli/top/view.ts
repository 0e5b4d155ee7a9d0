/**
 * What the person looks at, and what a key does to it. Pure: no terminal, no time.
 */
import type { GoroutineDetail, StateReply } from "../../web/protocol.ts";
import { shown } from "./text.ts";

export type Mode = "goroutines" | "channels" | "procs" | "waits" | "detail" | "help";
export type Sort = "cpu" | "blocked" | "wait" | "count" | "id" | "state";

export interface View {
  readonly mode: Mode;
  /** Goroutines of the same state, reason and place are one row. */
  readonly grouped: boolean;
  readonly sort: Sort;
  readonly filter: string;
  /** The filter while it is being typed; null: it is not. */
  readonly typing: string | null;
  /** The row that is selected, and the first that is on the screen (of help, waits and details: only that). */
  readonly selected: number;
  readonly top: number;
  readonly paused: boolean;
  readonly intervalMs: number;
  /** The goroutine that mode "detail" is about; what is known of it, null: asked for, or gone. */
  readonly about: number;
  readonly detail: GoroutineDetail | "asked" | "gone" | null;
  /** Lengths of the run queues, the newest last, by processor. */
  readonly queues: ReadonlyMap<number, readonly number[]>;
  readonly ascii: boolean;
}

/** What a key asks of whoever holds the view. */
export type Action = "quit" | "suspend" | "ask" | "redraw" | null;

export const MIN_INTERVAL_MS = 250;
const INTERVALS: readonly number[] = [250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** As many as the widest sparkline has. */
const KEPT = 8;

export function firstView(options: { readonly intervalMs: number; readonly ascii: boolean }): View {
  return {
    mode: "goroutines",
    grouped: true,
    sort: "count",
    filter: "",
    typing: null,
    selected: 0,
    top: 0,
    paused: false,
    about: 0,
    detail: null,
    queues: new Map(),
    ...options,
  };
}

/** Groups know neither their processors nor all their numbers: such a filter shows single goroutines. */
export function isGrouped({ grouped, filter }: View): boolean {
  return grouped && !/(?:^|\s)[gp]:/.test(filter);
}

/** The view with what a new answer says of the run queues. */
export function remember(view: View, state: StateReply): View {
  const queues = new Map<number, readonly number[]>();
  for (const { id, runq } of state.procs) queues.set(id, [...(view.queues.get(id) ?? []), runq].slice(-KEPT));
  return { ...view, queues };
}

/** How many rows there are below the table's head, and which goroutine the selected one is about (0: none). */
export interface Rows {
  readonly count: number;
  readonly fitting: number;
  readonly example: number;
}

const SORTS: Readonly<Record<string, Sort>> = {
  c: "cpu",
  b: "blocked",
  w: "wait",
  n: "count",
  i: "id",
  s: "state",
};
const MODES: Readonly<Record<string, Mode>> = { r: "channels", P: "procs", x: "waits", "?": "help" };

/** What `key` does. */
export function press(view: View, key: string, rows: Rows): [View, Action] {
  if (key === "ctrl-c") return [view, "quit"];
  if (key === "ctrl-z") return [view, "suspend"];
  if (key === "ctrl-l") return [view, "redraw"];
  if (view.typing !== null) return type(view, view.typing, key);
  const moved = move(view, key, rows);
  if (moved !== null) return [moved, null];
  const sort = SORTS[key];
  if (sort !== undefined) return [{ ...listed(view), sort }, "ask"];
  const mode = MODES[key];
  if (mode !== undefined) return [open(view, view.mode === mode ? "goroutines" : mode), null];
  switch (key) {
    case "q":
      return [view, "quit"];
    case "g":
      return [{ ...listed(view), grouped: view.mode === "goroutines" ? !view.grouped : view.grouped }, "ask"];
    case "/":
      return [{ ...listed(view), typing: view.filter }, null];
    case " ":
      return [{ ...view, paused: !view.paused }, view.paused ? "ask" : null];
    case "+":
    case "=":
      return [{ ...view, intervalMs: INTERVALS.find((ms) => ms > view.intervalMs) ?? view.intervalMs }, null];
    case "-":
      return [
        { ...view, intervalMs: INTERVALS.findLast((ms) => ms < view.intervalMs) ?? view.intervalMs },
        null,
      ];
    case "enter":
      if (view.mode !== "goroutines" || rows.example === 0) return [view, null];
      return [
        { ...open(view, "detail"), selected: view.selected, about: rows.example, detail: "asked" },
        "ask",
      ];
    case "escape":
    case "backspace":
      if (view.mode === "detail") return [{ ...view, mode: "goroutines", top: 0 }, null];
      if (view.mode !== "goroutines") return [open(view, "goroutines"), null];
      return key === "escape" && view.filter !== "" ? [{ ...listed(view), filter: "" }, "ask"] : [view, null];
    default:
      return [view, null];
  }
}

function open(view: View, mode: Mode): View {
  return { ...view, mode, selected: 0, top: 0 };
}

/** The goroutines from their beginning. */
function listed(view: View): View {
  return open(view, "goroutines");
}

function type(view: View, typing: string, key: string): [View, Action] {
  switch (key) {
    case "enter":
      return [{ ...view, typing: null, filter: typing.trim() }, "ask"];
    case "escape":
      return [{ ...view, typing: null }, null];
    case "backspace":
      return [{ ...view, typing: [...typing].slice(0, -1).join("") }, null];
    case "ctrl-u":
      return [{ ...view, typing: "" }, null];
    default:
      return [[...key].length === 1 && shown(key) === key ? { ...view, typing: typing + key } : view, null];
  }
}

const PAGE = 10;

function move(view: View, key: string, { count }: Rows): View | null {
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: -PAGE,
    pagedown: PAGE,
    home: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
  };
  const by = steps[key];
  if (by === undefined) return null;
  const last = Math.max(0, count - 1);
  return { ...view, selected: Math.min(last, Math.max(0, Math.min(view.selected, last) + by)) };
}

/** What the terminal sends for keys, as names; a character is itself. */
export function keysOf(input: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what terminals send
  return [...input.matchAll(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1bO[@-~]|\x1b|[^]/gu)].map(([text]) => {
    return NAMES[text] ?? (text.length > 1 && text.startsWith("\x1b") ? "unknown" : text);
  });
}

const NAMES: Readonly<Record<string, string>> = {
  "\x03": "ctrl-c",
  "\x0c": "ctrl-l",
  "\x15": "ctrl-u",
  "\x1a": "ctrl-z",
  "\r": "enter",
  "\n": "enter",
  "\b": "backspace",
  "\x7f": "backspace",
  "\x1b": "escape",
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x1b[5~": "pageup",
  "\x1b[6~": "pagedown",
  "\x1b[H": "home",
  "\x1bOH": "home",
  "\x1b[1~": "home",
  "\x1b[F": "end",
  "\x1bOF": "end",
  "\x1b[4~": "end",
};
