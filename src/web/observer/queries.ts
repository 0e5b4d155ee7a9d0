/**
 * The queries of requests, checked: a wrong one is answered with one line, and nothing reaches a thread that has not been looked at here.
 */
import type { LanesQuery, StateQuery } from "../protocol.ts";

/** Said to whoever asked, with status 400. */
export class BadQuery extends Error {}

const SORTS = ["id", "wait", "state", "fn"] as const;
const MOST_ROWS = 10_000;
const LONGEST_FILTER = 1000;
const MOST_PIXELS = 16_384;
const MOST_LANES = 64;
/** Longer than anything that is kept. */
const LONGEST_MS = 60_000;
const MOST_SECONDS = 600;

export function stateQuery(given: URLSearchParams): StateQuery {
  const filter = given.get("filter") ?? "";
  if (filter.length > LONGEST_FILTER)
    throw new BadQuery(`filter is longer than ${LONGEST_FILTER} characters`);
  const sort = given.get("sort") ?? "";
  if (sort !== "" && !SORTS.includes(sort as never))
    throw new BadQuery(`sort is one of ${SORTS.join(", ")}, got ${JSON.stringify(sort.slice(0, 40))}`);
  const limit = given.get("limit");
  return {
    ...(filter.trim() === "" ? {} : { filter: filter.trim() }),
    ...(sort === "" ? {} : { sort: sort as (typeof SORTS)[number] }),
    ...(limit === null ? {} : { limit: amount("limit", limit, 0, MOST_ROWS) }),
  };
}

export function lanesQuery(given: URLSearchParams): LanesQuery {
  const from = number("from", given.get("from"));
  const to = number("to", given.get("to"));
  if (from < 0 || !(to > from) || to - from > LONGEST_MS)
    throw new BadQuery(`lanes go from a moment to a later one, ${LONGEST_MS} ms at most`);
  const goroutines = (given.get("goroutines") ?? "").split(",").filter((one) => one !== "");
  if (goroutines.length > MOST_LANES) throw new BadQuery(`${MOST_LANES} goroutines at most`);
  return {
    from,
    to,
    width: amount("width", given.get("width"), 1, MOST_PIXELS),
    goroutines: goroutines.map((one) => goroutineId(one)),
  };
}

export function goroutineId(given: string | null): number {
  return amount("the number of a goroutine", given, 1, Number.MAX_SAFE_INTEGER);
}

/** Ten unless told. */
export function secondsOf(given: URLSearchParams): number {
  const seconds = number("seconds", given.get("seconds") ?? "10");
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new BadQuery(`seconds: up to ${MOST_SECONDS}`);
  return seconds;
}

export function dumpFormat(given: URLSearchParams): "text" | "json" | "pprof" {
  const format = given.get("format") ?? "text";
  if (format === "text" || format === "json" || format === "pprof") return format;
  throw new BadQuery(`format is text, json or pprof, got ${JSON.stringify(format.slice(0, 40))}`);
}

/** The number of the first one that is asked for. */
export function firstOf(given: URLSearchParams): number {
  return amount("from", given.get("from") ?? "0", 0, Number.MAX_SAFE_INTEGER);
}

function number(what: string, given: string | null): number {
  if (given === null || !/^-?\d{1,16}(?:\.\d{1,16})?(?:e-?\d{1,2})?$/i.test(given))
    throw new BadQuery(
      `${what} is a number, got ${given === null ? "none" : JSON.stringify(given.slice(0, 40))}`,
    );
  return Number(given);
}

function amount(what: string, given: string | null, least: number, most: number): number {
  const found = number(what, given);
  if (!Number.isSafeInteger(found) || found < least || found > most)
    throw new BadQuery(`${what} is an integer from ${least} to ${most}, got ${found}`);
  return found;
}
