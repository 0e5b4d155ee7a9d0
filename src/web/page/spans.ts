/**
 * The spans and marks of one lane, in order of time, and how a later part of it is joined to them.
 *
 * Invariants:
 *   I1  spans do not overlap; `begin` and `end` rise. Times are ms of the program's clock.
 *   I2  what a part says of its time replaces what was known: a long run is told only when it has ended, and then reaches back.
 */
import { UNITS_A_MS } from "../../trace/events.ts";

/** Words of a span and of a mark in an answer. */
const SPAN_WORDS = 5;
const MARK_WORDS = 4;
/** Beyond this the oldest half goes. */
const MOST_SPANS = 200_000;

export interface Mark {
  readonly at: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
}

export class Spans {
  /** 0 a processor's, 1 a goroutine's. */
  readonly kind: number;
  readonly id: number;
  size = 0;
  begin: Float64Array = new Float64Array(64);
  end: Float64Array = new Float64Array(64);
  goroutine: Uint32Array = new Uint32Array(64);
  runs: Uint32Array = new Uint32Array(64);
  flags: Uint32Array = new Uint32Array(64);
  marks: Mark[] = [];

  constructor(kind: number, id: number) {
    this.kind = kind;
    this.id = id;
  }

  /** Reads a lane's spans and marks from an answer; gives the word behind them. */
  read(words: Uint32Array, at: number, spans: number, marks: number, from: number): number {
    this.#grow(spans);
    for (let i = 0; i < spans; i++, at += SPAN_WORDS) {
      this.begin[i] = from + words[at]! / UNITS_A_MS;
      this.end[i] = from + words[at + 1]! / UNITS_A_MS;
      this.goroutine[i] = words[at + 2]!;
      this.runs[i] = words[at + 3]!;
      this.flags[i] = words[at + 4]!;
    }
    this.size = spans;
    for (let i = 0; i < marks; i++, at += MARK_WORDS) {
      this.marks.push({
        at: from + words[at]! / UNITS_A_MS,
        kind: words[at + 1]!,
        a: words[at + 2]!,
        b: words[at + 3]! | 0,
      });
    }
    return at;
  }

  /** The first span that ends behind `at`. */
  after(at: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.end[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The span at a moment, or the nearest one within `near` ms; -1. */
  at(at: number, near = 0): number {
    const i = this.after(at);
    if (i < this.size && this.begin[i]! <= at) return i;
    const before = i > 0 ? at - this.end[i - 1]! : Number.POSITIVE_INFINITY;
    const behind = i < this.size ? this.begin[i]! - at : Number.POSITIVE_INFINITY;
    if (Math.min(before, behind) > near) return -1;
    return before < behind ? i - 1 : i;
  }

  /** Takes `part`, which tells of everything from `from` on, in place of what was known of that time. */
  join(part: Spans, from: number): void {
    let keep = this.after(from);
    let joined = 0;
    if (keep < this.size && this.begin[keep]! < from) {
      // One that reaches in: cut, or continued when the part goes on with it.
      const same =
        part.size > 0 &&
        part.begin[0]! - from < 0.001 &&
        part.goroutine[0] === this.goroutine[keep] &&
        part.runs[0] === 1 &&
        this.runs[keep] === 1;
      this.end[keep] = same ? part.end[0]! : from;
      if (same) {
        this.flags[keep] = part.flags[0]!;
        joined = 1;
      }
      keep++;
    }
    // A run that began before the part and was told only now.
    while (joined < part.size && keep > 0 && this.end[keep - 1]! > part.begin[joined]!) keep--;
    this.size = keep;
    const more = part.size - joined;
    this.#grow(keep + more);
    this.begin.set(part.begin.subarray(joined, part.size), keep);
    this.end.set(part.end.subarray(joined, part.size), keep);
    this.goroutine.set(part.goroutine.subarray(joined, part.size), keep);
    this.runs.set(part.runs.subarray(joined, part.size), keep);
    this.flags.set(part.flags.subarray(joined, part.size), keep);
    this.size = keep + more;
    while (this.marks.length > 0 && this.marks.at(-1)!.at >= from) this.marks.pop();
    this.marks.push(...part.marks);
    if (this.size > MOST_SPANS) this.#forget(this.size >> 1);
  }

  #forget(spans: number): void {
    const oldest = this.begin[spans]!;
    for (const array of [this.begin, this.end, this.goroutine, this.runs, this.flags])
      array.copyWithin(0, spans, this.size);
    this.size -= spans;
    this.marks = this.marks.filter((mark) => mark.at >= oldest);
  }

  #grow(to: number): void {
    if (to <= this.begin.length) return;
    const length = Math.max(to, this.begin.length * 2);
    const bigger = <T extends Float64Array | Uint32Array>(made: T, old: T): T => {
      made.set(old);
      return made;
    };
    this.begin = bigger(new Float64Array(length), this.begin);
    this.end = bigger(new Float64Array(length), this.end);
    this.goroutine = bigger(new Uint32Array(length), this.goroutine);
    this.runs = bigger(new Uint32Array(length), this.runs);
    this.flags = bigger(new Uint32Array(length), this.flags);
  }
}
