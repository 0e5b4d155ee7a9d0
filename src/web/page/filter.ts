/**
 * The filter's words (trace/rows.ts, StateQuery), for rows that the observer does not filter: groups, and what is left after the end.
 */
import type { GoroutineRow } from "../protocol.ts";
import type { Sort } from "./store.ts";

export function fits(row: GoroutineRow, filter: string): boolean {
  return filter
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .every((word) => word === "" || fitsWord(row, word));
}

function fitsWord(row: GoroutineRow, word: string): boolean {
  const [, number, unit = "s"] = /^blocked>([\d.]+)(ms|s|m)?$/.exec(word) ?? [];
  if (number !== undefined) {
    const seconds = Number(number) * ({ ms: 0.001, s: 1, m: 60 }[unit] ?? 1);
    return row.state === "waiting" && row.waitedSeconds >= seconds;
  }
  const has = (...texts: string[]): boolean =>
    texts.some((text) => text.toLowerCase().includes(word.slice(from)));
  const from = word.indexOf(":") + 1;
  const rest = word.slice(from);
  switch (word.slice(0, from)) {
    case "state:":
      return row.state === rest;
    case "fn:":
      return has(row.name);
    case "chan:":
      return has(row.waitsOn);
    case "reason:":
      return has(row.reason);
    case "g:":
      return `${row.id}` === rest;
    case "p:":
      return `${row.proc}` === rest;
    default:
      return [row.name, row.where, row.reason].some((text) => text.toLowerCase().includes(word));
  }
}

const STATES = ["running", "runnable", "syscall", "waiting"];

export function sorted(rows: readonly GoroutineRow[], by: Sort): GoroutineRow[] {
  return rows.toSorted((a, b) => {
    if (by === "wait" && a.waitedSeconds !== b.waitedSeconds) return b.waitedSeconds - a.waitedSeconds;
    if (by === "state" && a.state !== b.state) return STATES.indexOf(a.state) - STATES.indexOf(b.state);
    if (by === "fn" && a.name !== b.name) return a.name < b.name ? -1 : 1;
    return a.id - b.id;
  });
}
