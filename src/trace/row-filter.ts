/**
 * The words of {@link StateQuery} over rows: threads send the rows that fit the query that they were told, and two who look may ask for different ones.
 */
import type { GoroutineRow, StateQuery } from "./rows.ts";

const SECONDS: Readonly<Record<string, number>> = { "": 1, ms: 0.001, s: 1, m: 60, h: 3600 };

/** Whether a row fits; a word that cannot be read fits nothing. */
export function rowFilter(filter: string): (row: GoroutineRow) => boolean {
  const tests = filter
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(wordTest);
  return (row) => tests.every((test) => test(row));
}

function wordTest(word: string): (row: GoroutineRow) => boolean {
  const blocked = /^blocked([<>])(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(word);
  if (blocked !== null) {
    const [, sign, amount, unit] = blocked;
    const seconds = Number(amount) * (SECONDS[unit as string] as number);
    return ({ waitedSeconds, reason }) =>
      reason !== "" && (sign === ">" ? waitedSeconds > seconds : waitedSeconds < seconds);
  }
  const at = word.indexOf(":");
  const text = word.slice(at + 1).toLowerCase();
  const has = (value: string, part: string = text): boolean => value.toLowerCase().includes(part);
  switch (at < 0 ? "" : word.slice(0, at)) {
    case "state":
      return (row) => row.state === text;
    case "fn":
      return (row) => has(row.name);
    case "chan":
      return (row) => row.waitsOn.startsWith("chan") && (has(row.waitsOn) || row.waitsOn === `chan#${text}`);
    case "g":
      return (row) => String(row.id) === text;
    case "p":
      return (row) => String(row.proc) === text;
    case "reason":
      return (row) => has(row.reason);
    default: {
      // A place has a colon as well: main.ts:6.
      const all = word.toLowerCase();
      return ({ name, where, reason, waitsOn }) =>
        [name, where, reason, waitsOn].some((one) => has(one, all));
    }
  }
}

/** The order of `sort`; equal ones by number. */
export function rowOrder(sort: StateQuery["sort"]): (a: GoroutineRow, b: GoroutineRow) => number {
  const byId = (a: GoroutineRow, b: GoroutineRow): number => a.id - b.id;
  switch (sort) {
    case "wait":
      return (a, b) => b.waitedSeconds - a.waitedSeconds || byId(a, b);
    case "state":
      return (a, b) => compare(a.state, b.state) || compare(a.reason, b.reason) || byId(a, b);
    case "fn":
      return (a, b) => compare(a.name, b.name) || byId(a, b);
    default:
      return byId;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
