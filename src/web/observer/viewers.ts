/**
 * Who looks, and at what: remembered for three seconds after each request, so that threads are bothered only while somebody does.
 *
 * Invariant: the query that threads are told is that of the only one who asks; of several who ask differently it is one that fits all, and each is given what he asked for of it.
 */
import type { StateQuery } from "../protocol.ts";

const WATCHED_MS = 3000;
const MOST_QUERIES = 16;

export class Viewers {
  private readonly queries = new Map<string, { query: StateQuery; at: number }>();
  private lanesAt = Number.NEGATIVE_INFINITY;
  private stateAt = Number.NEGATIVE_INFINITY;

  /** Somebody has asked for the state. */
  asked(query: StateQuery, nowMs: number): void {
    const key = JSON.stringify(query);
    this.queries.delete(key);
    this.queries.set(key, { query, at: nowMs });
    if (this.queries.size > MOST_QUERIES) this.queries.delete(this.queries.keys().next().value as string);
    this.stateAt = nowMs;
  }

  /** Somebody has looked at lanes. */
  looked(nowMs: number): void {
    this.lanesAt = nowMs;
  }

  lanesWanted(nowMs: number): boolean {
    return nowMs - this.lanesAt < WATCHED_MS;
  }

  /** What threads are to be asked; null when nobody looks. */
  query(nowMs: number): StateQuery | null {
    for (const [key, { at }] of this.queries) if (nowMs - at >= WATCHED_MS) this.queries.delete(key);
    const all = [...this.queries.values()].sort((a, b) => a.at - b.at).map(({ query }) => query);
    const last = all.at(-1);
    if (last === undefined) return nowMs - Math.max(this.lanesAt, this.stateAt) < WATCHED_MS ? {} : null;
    const limit = Math.max(...all.map((one) => one.limit ?? 0));
    const isOne = all.every((one) => one.filter === last.filter && one.sort === last.sort);
    const { filter: _, ...rest } = last;
    return { ...(isOne ? last : rest), ...(limit > 0 ? { limit } : {}) };
  }
}
