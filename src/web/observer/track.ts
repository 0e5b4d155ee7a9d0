/**
 * What the events of all machines say of one goroutine: found once by a look at everything that is kept, then by a look at what has come since.
 */

import { G } from "../../runtime/status.ts";
import { EVENT_WORDS, Kind, RunEnd } from "../../trace/events.ts";
import type { History } from "./history.ts";

/** A goroutine's track keeps so many events, the last ones: a second of one that does nothing but hand over. */
const MOST_TRACKED = 1 << 16;

/** One event: when, its kind and reason, and its other two words (trace/events.ts); which machine has told. */
export interface Seen {
  readonly time: number;
  readonly kind: number;
  readonly reason: number;
  readonly a: number;
  readonly b: number;
  readonly proc: number;
}

/** A stretch of time in one state. */
export interface Stretch {
  readonly begin: number;
  end: number;
  /** 0 running, 1 waiting, 2 runnable. */
  readonly state: 0 | 1 | 2;
  readonly reason: number;
}

export class Track {
  readonly goroutine: number;
  /** When somebody asked last, by the clock. */
  askedAt = 0;
  /** In the order of time. */
  seen: Seen[] = [];
  private readonly looked = new WeakMap<History, number>();

  /** `goroutine`: its number's low 32 bits. */
  constructor(goroutine: number) {
    this.goroutine = goroutine | 0;
  }

  /** Looks at what has come; `from`: what is older is forgotten. */
  look(histories: Iterable<History>, from: number): void {
    const { seen, goroutine } = this;
    const had = seen.length;
    for (const history of histories) {
      const { words, mask } = history.raw();
      const start = Math.max(history.first, this.looked.get(history) ?? 0);
      // Backwards, so that what is too much is not looked at.
      const enough = seen.length + MOST_TRACKED;
      for (let i = history.count - 1; i >= start && seen.length < enough; i--) {
        const at = (i & mask) * EVENT_WORDS;
        const a = words[at + 2] as number;
        const b = words[at + 3] as number;
        if (a !== goroutine && b !== goroutine) continue;
        const word = words[at + 1] as number;
        const kind = word & 0xff;
        const isIts = a === goroutine && (kind <= Kind.status || kind === Kind.mark);
        if (!isIts && !(b === goroutine && kind === Kind.unblock)) continue;
        seen.push({ time: history.timeOf(i), kind, reason: (word >>> 8) & 0xff, a, b, proc: history.proc });
      }
      this.looked.set(history, history.count);
    }
    // Stable, and what was new came last first.
    if (seen.length > had) {
      const fresh = seen.splice(had).reverse();
      for (const one of fresh) seen.push(one);
      seen.sort((x, y) => x.time - y.time);
    }
    let old = 0;
    while (old < seen.length && (seen[old] as Seen).time < from) old++;
    old = Math.max(old, seen.length - MOST_TRACKED);
    if (old > 0) this.seen = seen.slice(old);
  }

  /** Who woke it last, and when it ran last; -1 where that was not seen. Times in units. */
  last(): { wokenBy: number; wokenAt: number; ranAt: number; ranUnits: number } {
    const found = { wokenBy: -1, wokenAt: -1, ranAt: -1, ranUnits: -1 };
    for (const { kind, a, b, time } of this.seen) {
      if (a !== this.goroutine) continue;
      if (kind === Kind.unblock) {
        found.wokenBy = b >>> 0;
        found.wokenAt = time;
      } else if (kind === Kind.run) {
        found.ranAt = time;
        found.ranUnits = b >>> 3;
      }
    }
    return found;
  }

  /**
   * Its life up to `now` in stretches. What is not known (before the first event) is left out.
   *
   * A wake-up that was noted at the beginning of a long run may stand before the wait that it ended: then the wait is drawn up to the next run.
   */
  stretches(now: number): Stretch[] {
    const found: Stretch[] = [];
    let since = Number.NaN;
    let state: 1 | 2 = 2;
    let reason = 0;
    const close = (end: number): void => {
      if (end > since) found.push({ begin: since, end, state, reason });
    };
    for (const one of this.seen) {
      const { time, kind, a, b } = one;
      if (a !== this.goroutine) continue;
      switch (kind) {
        case Kind.run: {
          close(time);
          const end = time + (b >>> 3);
          found.push({ begin: time, end, state: 0, reason: 0 });
          const ended = b & 7;
          since = ended === RunEnd.ended || ended === RunEnd.failed ? Number.NaN : end;
          state = ended === RunEnd.blocked ? 1 : 2;
          reason = state === 1 ? one.reason : 0;
          break;
        }
        case Kind.unblock:
          if (state === 1 && time >= since) {
            close(time);
            since = time;
          } else if (!Number.isNaN(since)) break;
          else since = time;
          state = 2;
          reason = 0;
          break;
        case Kind.create:
          if (Number.isNaN(since)) since = time;
          state = 2;
          reason = 0;
          break;
        case Kind.status: {
          const status = b & 7;
          if (status === G.dead || !Number.isNaN(since)) break;
          since = time;
          state = status === G.waiting || status === G.syscall ? 1 : 2;
          reason = state === 1 ? one.reason : 0;
          break;
        }
        default:
      }
    }
    close(now);
    return found;
  }
}
