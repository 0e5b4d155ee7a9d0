/**
 * The inputs that a parallel map has read, in segments: what one batch takes of a parcel.
 *
 * A segment whose batch has given some of it back is cut: the rest becomes segments of their own behind it, in their order.
 */
import type { Parcel } from "./map-parcel.ts";

/** A parcel, and how many of its segments are still to end. */
export interface Shipment {
  readonly parcel: Parcel;
  segments: number;
}

export class Segment {
  readonly shipment: Shipment;
  /** The index of its first input in the parcel. */
  readonly from: number;
  count: number;
  /** Undefined until its batch has ended. */
  results: unknown[] | undefined = undefined;
  /** How many results have been received. */
  taken = 0;
  behind: Segment | null = null;

  constructor(shipment: Shipment, from: number, count: number) {
    this.shipment = shipment;
    this.from = from;
    this.count = count;
    shipment.segments++;
  }

  /** Only the first `done` have ended: cuts the rest into segments of at most `size`, and gives these. */
  cut(done: number, size: number): Segment[] {
    const rest: Segment[] = [];
    const end = this.from + this.count;
    for (let from = this.from + done; from < end; from += size)
      rest.push(new Segment(this.shipment, from, Math.min(size, end - from)));
    this.count = done;
    return rest;
  }
}

/** A list of segments: results are taken from its first one. */
export class Segments {
  private first: Segment | null = null;
  private last: Segment | null = null;

  push(segment: Segment): void {
    if (this.last === null) this.first = segment;
    else this.last.behind = segment;
    this.last = segment;
  }

  /** Puts `segments` right behind one that is in the list. */
  insert(after: Segment, segments: readonly Segment[]): void {
    let before = after;
    for (const segment of segments) {
      segment.behind = before.behind;
      before.behind = segment;
      if (this.last === before) this.last = segment;
      before = segment;
    }
  }

  /** Whether the next result is there. */
  get ready(): boolean {
    for (;;) {
      const { first } = this;
      if (first === null || first.results === undefined) return false;
      if (first.taken < first.results.length) return true;
      this.first = first.behind;
      if (this.first === null) this.last = null;
    }
  }

  get isEmpty(): boolean {
    return !this.ready && this.first === null;
  }

  /** How many results could be taken now. */
  get length(): number {
    let sum = 0;
    for (let s = this.first; s !== null && s.results !== undefined; s = s.behind)
      sum += s.results.length - s.taken;
    return sum;
  }

  /** The next result, which is there. */
  shift(): unknown {
    const { results, taken } = this.first as Segment & { results: unknown[] };
    const value = results[taken];
    results[taken] = undefined;
    (this.first as Segment).taken = taken + 1;
    return value;
  }

  /** Results that have been taken come back: they are the next ones. */
  unshift(results: unknown[]): void {
    const segment = new Segment({ parcel: null as never, segments: 0 }, 0, results.length);
    segment.results = results;
    segment.behind = this.first;
    this.first = segment;
    this.last ??= segment;
  }

  clear(): void {
    this.first = null;
    this.last = null;
  }
}
