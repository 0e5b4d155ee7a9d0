/**
 * A parser of goroutine dumps, written from Go's grammar alone: what does not parse is not a dump.
 *
 *   report  = "fatal error: " message "\n" [ "\n" dump ] [ "\n" graph ]
 *   graph   = "gort: wait-for graph (= exact, ~ seen before)\n" { "  " text "\n" }       (gort's own, after all)
 *   dump    = block { "\n" block }
 *   block   = header { frame } [ created ] | waiter
 *   header  = "goroutine " number " [" status [ ", " number " minutes" ] "]:\n"
 *   frame   = function "(" [ "..." ] ")\n\t" file ":" line [ ":" column ] "\n"
 *   created = "created by " function [ " in goroutine " number ] "\n\t" file ":" line [ ":" column ] "\n"
 *   waiter  = "external waiter " number " [" status "]:\n"       (gort's own, after all goroutines)
 *
 * Go: runtime/traceback.go (goroutineheader, traceback, printcreatedby). Columns and external waiters are gort's additions.
 */
import assert from "node:assert/strict";

export interface Position {
  readonly fn: string;
  readonly file: string;
  readonly line: number;
}

export interface Block {
  readonly kind: "goroutine" | "external waiter";
  readonly id: number;
  readonly status: string;
  readonly minutes: number;
  readonly frames: Position[];
  readonly created:
    | (Position & { readonly parent: number })
    | { readonly fn: string; parent: number }
    | undefined;
}

const GO_STATUSES = [
  ...[
    "runnable",
    "running",
    "syscall",
    "waiting",
    "chan receive",
    "chan send",
    "select",
    "select (no cases)",
  ],
  ...["sleep", "sync.Mutex.Lock", "sync.RWMutex.RLock", "sync.RWMutex.Lock", "sync.Cond.Wait"],
  ...["sync.WaitGroup.Wait", "semacquire", "IO wait"],
];
const OWN_STATUSES = ["promise", "goroutine join", "context done"];
const STATUSES = new Set([...GO_STATUSES, ...OWN_STATUSES]);

const HEADER = /^(goroutine|external waiter) (\d+) \[([^\],]+)(?:, (\d+) minutes)?\]:$/;
const FUNCTION = /^(\S.*)\((?:\.\.\.)?\)$/;
const PLACE = /^\t(.+?):(\d+)(?::\d+)?$/;
const CREATED = /^created by (.+?)(?: in goroutine (\d+))?$/;

export function parseDump(text: string): Block[] {
  assert.ok(text.endsWith("\n"), "a dump ends with a line's end");
  return text.slice(0, -1).split("\n\n").map(parseBlock);
}

/** A deadlock report: its message and its dump. */
export function parseReport(text: string): { message: string; blocks: Block[]; graph: string[] } {
  const match =
    /^fatal error: ([^\n]+)\n(?:\n([^]+?\n))??(?:\ngort: wait-for graph \(= exact, ~ seen before\)\n((?: {2}\S[^\n]*\n)+))?$/.exec(
      text,
    );
  assert.ok(match, `not a report:\n${text}`);
  const [, message, dump, graph] = match;
  return {
    message: message as string,
    blocks: dump === undefined ? [] : parseDump(dump),
    graph:
      graph === undefined
        ? []
        : graph
            .trimEnd()
            .split("\n")
            .map((line) => line.slice(2)),
  };
}

function parseBlock(text: string): Block {
  const lines = text.split("\n");
  const header = HEADER.exec(lines.shift() as string);
  assert.ok(header, `not a header:\n${text}`);
  const [, kind, id, status, minutes] = header;
  assert.ok(STATUSES.has(status as string), `not a status: ${status}`);
  assert.notEqual(minutes, "0", "no minutes before there is one");
  const frames: Position[] = [];
  let created: Block["created"];
  while (lines.length > 0) {
    assert.equal(created, undefined, `created by is the last part:\n${text}`);
    const line = lines.shift() as string;
    const by = CREATED.exec(line);
    if (by !== null) {
      const parent = Number(by[2] ?? 0);
      // Without a place where only the function that made it is known.
      created =
        lines.length === 0
          ? { fn: by[1] as string, parent }
          : { ...place(by[1] as string, lines.shift()), parent };
    } else {
      const fn = FUNCTION.exec(line);
      assert.ok(fn, `not a frame: ${line}`);
      frames.push(place(fn[1] as string, lines.shift()));
    }
  }
  if (kind === "external waiter") assert.deepEqual({ frames, created }, { frames: [], created: undefined });
  return {
    kind: kind as Block["kind"],
    id: Number(id),
    status: status as string,
    minutes: Number(minutes ?? 0),
    frames,
    created,
  };
}

function place(fn: string, line: string | undefined): Position {
  const match = PLACE.exec(line ?? "");
  assert.ok(match, `not a place: ${line}`);
  return { fn, file: match[1] as string, line: Number(match[2]) };
}

/** A dump in short: `1 chan receive main<helper`, outermost function first. */
export function summary(blocks: Block[]): string[] {
  return blocks.map(({ kind, id, status, frames }) =>
    [
      kind === "goroutine" ? id : `external ${id}`,
      `[${status}]`,
      frames
        .map(({ fn }) => fn)
        .reverse()
        .join(" > "),
    ]
      .join(" ")
      .trimEnd(),
  );
}
