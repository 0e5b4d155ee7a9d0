/**
 * Finds data races: a plain access and another access to the same word, at least one of them a write, that no atomic operation puts in an order.
 *
 * Threads are put in an order by what is written and read atomically: a read comes after the write that it read from, and so after everything that its thread had done before. In code without a data race, plain accesses may be thought
 * to happen together with the atomic operation before them, and that is how the models run them.
 *
 * Vector clocks that never go back: what was noted in an earlier schedule is older than the beginning of this one, and so nothing has to be cleared in between.
 */

/** A race that was found. */
export class DataRace extends Error {}

/** Kinds of accesses. */
const PLAIN_WRITE = 0;
const PLAIN_READ = 1;
const ATOMIC_WRITE = 2;
const ATOMIC_READ = 3;
const KINDS = 4;

export class Races {
  private readonly threads: number;
  /** By thread: what it knows of each. */
  private readonly clocks: Float64Array[];
  /** By word and thread: what was known to who wrote it last by an atomic operation. */
  private readonly released: Float64Array;
  /** By word, kind and thread: when it was accessed last, by the thread's own clock, and where in the source. */
  private readonly accessed: Float64Array;
  private readonly sites: Int32Array;
  private now = 1;

  constructor(words: number, threads: number) {
    this.threads = threads;
    this.clocks = Array.from({ length: threads }, () => new Float64Array(threads));
    this.released = new Float64Array(words * threads);
    this.accessed = new Float64Array(words * threads * KINDS);
    this.sites = new Int32Array(words * threads * KINDS);
  }

  /** Everything so far comes before everything that follows. */
  begin(): void {
    for (const clock of this.clocks) {
      for (const time of clock) if (time > this.now) this.now = time;
    }
    for (let t = 0; t < this.threads; t++) {
      const clock = this.clocks[t] as Float64Array;
      clock.fill(this.now);
      clock[t] = this.now + 1;
    }
  }

  plain(thread: number, word: number, isWrite: boolean, site: number): number {
    const found = isWrite
      ? this.against(thread, word, PLAIN_WRITE, KINDS)
      : (this.against(thread, word, PLAIN_WRITE, PLAIN_READ) ??
        this.against(thread, word, ATOMIC_WRITE, ATOMIC_READ));
    this.note(thread, word, isWrite ? PLAIN_WRITE : PLAIN_READ, site);
    return found ?? -1;
  }

  atomic(thread: number, word: number, reads: boolean, writes: boolean): number {
    const found = this.against(thread, word, PLAIN_WRITE, writes ? ATOMIC_WRITE : PLAIN_READ);
    const clock = this.clocks[thread] as Float64Array;
    const at = word * this.threads;
    if (reads) {
      for (let t = 0; t < this.threads; t++) {
        const time = this.released[at + t] as number;
        if (time > (clock[t] as number)) clock[t] = time;
      }
      this.note(thread, word, ATOMIC_READ, -1);
    }
    if (writes) {
      this.note(thread, word, ATOMIC_WRITE, -1);
      for (let t = 0; t < this.threads; t++) this.released[at + t] = clock[t] as number;
      clock[thread] = (clock[thread] as number) + 1;
    }
    return found ?? -1;
  }

  /** A plain access that is a step: it meets others of its kind and atomic ones, but puts nothing in an order. */
  step(thread: number, word: number, writes: boolean): number {
    const found = this.against(thread, word, PLAIN_WRITE, writes ? ATOMIC_WRITE : PLAIN_READ);
    this.note(thread, word, writes ? ATOMIC_WRITE : ATOMIC_READ, -1);
    return found ?? -1;
  }

  /** Who is woken comes after who has woken him. */
  follows(thread: number, before: number): void {
    const clock = this.clocks[thread] as Float64Array;
    const other = this.clocks[before] as Float64Array;
    for (let t = 0; t < this.threads; t++) {
      if (t !== thread && (other[t] as number) > (clock[t] as number)) clock[t] = other[t] as number;
    }
    const own = this.clocks[before] as Float64Array;
    own[before] = (own[before] as number) + 1;
  }

  /** Where another thread's access of the kinds from `first` to before `end` is that this one knows nothing of, as site * 16 + kind; -1 when its place is not known. */
  private against(thread: number, word: number, first: number, end: number): number | null {
    const { threads } = this;
    const clock = this.clocks[thread] as Float64Array;
    for (let kind = first; kind < end; kind++) {
      const at = (word * KINDS + kind) * threads;
      for (let t = 0; t < threads; t++) {
        if (t !== thread && (this.accessed[at + t] as number) > (clock[t] as number)) {
          return ((this.sites[at + t] as number) + 1) * 16 + t * KINDS + kind;
        }
      }
    }
    return null;
  }

  private note(thread: number, word: number, kind: number, site: number): void {
    const at = (word * KINDS + kind) * this.threads + thread;
    this.accessed[at] = (this.clocks[thread] as Float64Array)[thread] as number;
    this.sites[at] = site;
  }

  /** What {@link plain} and {@link atomic} found, in words. */
  static describe(found: number, siteNames: readonly string[]): string {
    const kinds = ["plain write", "plain read", "atomic write", "atomic read"];
    const site = Math.floor(found / 16) - 1;
    const where = site < 0 ? "" : ` ${siteNames[site]}`;
    return `a ${kinds[found % KINDS]}${where} of thread ${Math.floor((found % 16) / KINDS)}`;
  }
}
