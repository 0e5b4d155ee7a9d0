/**
 * Who ran on one machine, summed up: fixed buckets of time at ten widths, so that ten seconds of a million runs are drawn from a few thousand numbers.
 *
 * At a level, runs of its buckets' width or more are told one by one, and each shorter one belongs to the bucket that it begins in.
 *
 * Invariants:
 *   I1  runs are added in the order of time and do not overlap: on one thread they cannot.
 *   I2  hence, at each level, what a bucket has of short runs lies between the long ones: a span from its first beginning to its last end overlaps no other span.
 *   I3  a bucket's `who` is the goroutine that ran most in it, if one ran for more than half of the time; otherwise one of the larger (a majority vote, which sums up: Boyer and Moore).
 *
 * Runs shorter than the finest bucket are summed up on the way and reach all levels when their bucket is over, or when somebody asks.
 */

/** The finest buckets are 2^11 units: 0.2 ms. */
const FINEST = 11;
const LEVELS = 10;
/** Of the finest; half as many at each further level. 13 s. */
const BUCKETS = 1 << 16;
const LONGS = 1 << 16;

/** The width from which on a level can answer, in units. */
export const FINEST_UNITS: number = 2 ** FINEST;
const COARSEST_UNITS = 2 ** (FINEST + LEVELS - 1);
/** The width of each level's buckets. */
const WIDTHS = new Float64Array(Array.from({ length: LEVELS }, (_, level) => 2 ** (FINEST + level)));

/** Takes spans in the order of time: `runs` runs, mostly of `who`, which take `busy` of the units from `begin` to `end`; the last ended so. */
export type TakeSpan = (
  begin: number,
  end: number,
  who: number,
  runs: number,
  busy: number,
  ended: number,
) => void;

export class Pyramid {
  private readonly stamp = new Int32Array(2 * BUCKETS);
  private readonly runs = new Int32Array(2 * BUCKETS);
  private readonly busy = new Int32Array(2 * BUCKETS);
  private readonly begins = new Int32Array(2 * BUCKETS);
  private readonly ends = new Int32Array(2 * BUCKETS);
  private readonly who = new Int32Array(2 * BUCKETS);
  private readonly lead = new Int32Array(2 * BUCKETS);
  private readonly ended = new Uint8Array(2 * BUCKETS);
  /** Runs of the finest width or more. */
  private longs = 0;
  private readonly longBegin = new Float64Array(LONGS);
  private readonly longLength = new Int32Array(LONGS);
  private readonly longWho = new Int32Array(LONGS);
  private readonly longEnded = new Uint8Array(LONGS);
  /** The short runs of the bucket that lasts. */
  private readonly open = { bucket: -1, begin: 0, end: 0, runs: 0, busy: 0, who: 0, lead: 0, ended: 0 };

  add(begin: number, units: number, who: number, ended: number): void {
    const { open } = this;
    if (units < FINEST_UNITS) {
      const bucket = Math.floor(begin / FINEST_UNITS);
      if (bucket !== open.bucket) {
        this.flush();
        open.bucket = bucket;
      }
      if (open.runs === 0) open.begin = begin;
      open.end = begin + units;
      open.runs++;
      open.busy += units;
      // A run of no length counts all the same.
      const weight = units + 1;
      if (who === open.who) open.lead += weight;
      else if (open.lead >= weight) open.lead -= weight;
      else {
        open.who = who;
        open.lead = weight - open.lead;
      }
      open.ended = ended;
      return;
    }
    this.flush();
    for (let level = 0; level < LEVELS; level++) {
      if (units < (WIDTHS[level] as number))
        this.sum(level, begin, begin + units, 1, units, who, units + 1, ended);
    }
    const at = this.longs++ & (LONGS - 1);
    this.longBegin[at] = begin;
    this.longLength[at] = units;
    this.longWho[at] = who;
    this.longEnded[at] = ended;
  }

  /** The spans between two moments. `width`: a power of two, of {@link FINEST_UNITS} at least. */
  spans(from: number, to: number, width: number, take: TakeSpan): void {
    this.flush();
    const units = Math.min(width, COARSEST_UNITS);
    const level = Math.log2(units) - FINEST;
    const size = BUCKETS >> level;
    const base = 2 * BUCKETS - 2 * size;
    const last = Math.floor(to / units);
    let long = this.firstLong(from, units);
    for (let bucket = Math.max(Math.floor(from / units) - 1, last - size + 1); bucket <= last; bucket++) {
      const at = base + (bucket & (size - 1));
      if (this.runs[at] === 0 || this.stamp[at] !== (bucket | 0)) continue;
      const begin = bucket * units + (this.begins[at] as number);
      const end = bucket * units + (this.ends[at] as number);
      if (begin > to) break;
      // A run of no length may begin where a long one does, and stands before it.
      long = this.takeLongs(long, begin, units, take);
      if (end >= from)
        take(
          begin,
          end,
          this.who[at] as number,
          this.runs[at] as number,
          this.busy[at] as number,
          this.ended[at] as number,
        );
    }
    this.takeLongs(long, to + 1, units, take);
  }

  clear(): void {
    this.runs.fill(0);
    this.longs = 0;
    this.open.runs = 0;
    this.open.bucket = -1;
  }

  /** The first long run that ends at `from` or later. */
  private firstLong(from: number, units: number): number {
    let low = Math.max(0, this.longs - LONGS);
    let high = this.longs;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const at = middle & (LONGS - 1);
      if ((this.longBegin[at] as number) + (this.longLength[at] as number) < from) low = middle + 1;
      else high = middle;
    }
    return this.skipShort(low, units);
  }

  private skipShort(long: number, units: number): number {
    while (long < this.longs && (this.longLength[long & (LONGS - 1)] as number) < units) long++;
    return long;
  }

  /** Those that begin before `to`. */
  private takeLongs(long: number, to: number, units: number, take: TakeSpan): number {
    while (long < this.longs) {
      const at = long & (LONGS - 1);
      const begin = this.longBegin[at] as number;
      if (begin >= to) break;
      const length = this.longLength[at] as number;
      take(begin, begin + length, this.longWho[at] as number, 1, length, this.longEnded[at] as number);
      long = this.skipShort(long + 1, units);
    }
    return long;
  }

  private flush(): void {
    const { open } = this;
    if (open.runs > 0) {
      const { begin, end, runs, busy, who, lead, ended } = open;
      for (let level = 0; level < LEVELS; level++) this.sum(level, begin, end, runs, busy, who, lead, ended);
    }
    open.runs = 0;
    open.busy = 0;
    open.lead = 0;
    open.who = 0;
  }

  private sum(
    level: number,
    begin: number,
    end: number,
    runs: number,
    busy: number,
    who: number,
    lead: number,
    ended: number,
  ): void {
    const units = WIDTHS[level] as number;
    const size = BUCKETS >> level;
    const bucket = Math.floor(begin / units);
    const at = 2 * BUCKETS - 2 * size + (bucket & (size - 1));
    this.ended[at] = ended;
    this.ends[at] = end - bucket * units;
    if (this.runs[at] === 0 || this.stamp[at] !== (bucket | 0)) {
      this.stamp[at] = bucket | 0;
      this.begins[at] = begin - bucket * units;
      this.runs[at] = runs;
      this.busy[at] = busy;
      this.who[at] = who;
      this.lead[at] = lead;
      return;
    }
    this.runs[at] = (this.runs[at] as number) + runs;
    this.busy[at] = (this.busy[at] as number) + busy;
    const before = this.lead[at] as number;
    if (this.who[at] === who) this.lead[at] = before + lead;
    else if (before >= lead) this.lead[at] = before - lead;
    else {
      this.who[at] = who;
      this.lead[at] = lead - before;
    }
  }
}
