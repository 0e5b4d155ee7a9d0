/**
 * The last seconds of one machine: its events, drained from its ring (trace/ring.ts), and their sums.
 *
 * Only the ring's thread writes it, and it waits for nobody. What was overwritten before it was read is counted as lost, and is a gap in the lane.
 *
 * Invariants:
 *   I1  events are kept as they are, 16 bytes each, for {@link KEPT_MS} and 16 MiB at most.
 *   I2  times within {@link FAR_UNITS} of the last one can be told from their low 32 bits; older events are let go of before that.
 *   I3  `reached` never goes back: when the last event happened, a run at its end. So the blocks of events, each with what had been reached at its beginning, can be searched by time.
 */
import { load } from "../../shm/atomic.ts";
import { EVENT_WORDS, Kind, UNITS_A_MS } from "../../trace/events.ts";
import { RING_HEADER, RING_MAGIC, RING_SLACK, RingWord } from "../../trace/ring.ts";
import { LaneMark } from "../protocol.ts";
import { Columns } from "./columns.ts";
import { FINEST_UNITS, Pyramid, type TakeSpan } from "./pyramid.ts";

export const KEPT_MS = 10_000;
const KEPT_UNITS: number = KEPT_MS * UNITS_A_MS;
const MOST_EVENTS = 1 << 20;
const LEAST_EVENTS = 1 << 14;
/** Events with one entry in the index. */
const BLOCK = 256;
const MOST_MARKS = 1 << 15;
const HIGH = 2 ** 32;
const FAR_UNITS = 2 ** 30;
/** A longer gap is told as its last minute: more is never drawn. */
export const LONGEST_GAP: number = 60_000 * UNITS_A_MS;

/** Go's forcePreemptNS. */
const LONG_UNITS: number = 10 * UNITS_A_MS;

/** Copied to, then read: one for all machines. */
let copied = new Int32Array(0);

export class History {
  readonly machine: number;
  readonly proc: number;
  /** Events that were wanted, and overwritten before they were read. */
  lost = 0;
  /** When the last event happened, in units; its low word (a remainder of doubles is slow). */
  reached = 0;
  private reachedLow = 0;
  /** How many events there have been; those from `first` on are kept. */
  count = 0;
  first = 0;
  readonly pyramid: Pyramid = new Pyramid();
  /** Steals and notes: kind (LaneMark), a, b. */
  readonly marks: Columns = new Columns(MOST_MARKS);
  /** Runs that took long ({@link LONG_UNITS}), by their ends: goroutine, units. */
  readonly longRuns: Columns = new Columns(256);
  /** Since when events are known, in units; NaN: there have been none. */
  began: number = Number.NaN;
  /** When nothing was written down: how long, in units. */
  readonly gaps: Columns = new Columns(1 << 12);

  private readonly ring: Int32Array;
  private readonly capacity: number;
  private readonly from: string;
  /** Of the ring: the next one to be read. */
  private tail = 0;
  private words = new Int32Array(LEAST_EVENTS * EVENT_WORDS);
  private blocks = new Float64Array(LEAST_EVENTS / BLOCK);
  private room = LEAST_EVENTS;

  /** `at`: the word of `shared` at which the ring begins. */
  constructor(machine: number, proc: number, shared: SharedArrayBuffer, at = 0) {
    this.machine = machine;
    this.proc = proc;
    const header = new Int32Array(shared, at * 4, RING_HEADER);
    const capacity = header[RingWord.capacity] as number;
    if (header[RingWord.magic] !== RING_MAGIC || capacity < 1 || (capacity & (capacity - 1)) !== 0) {
      throw new Error(`machine ${machine} has no ring of events`);
    }
    this.capacity = capacity;
    this.from = `${at} of ${shared.byteLength}`;
    this.ring = new Int32Array(shared, at * 4, RING_HEADER + capacity * EVENT_WORDS);
    // What was overwritten before anybody looked is not missed.
    const head = load(this.ring, RingWord.head);
    if (head >>> 0 > capacity - RING_SLACK) this.tail = (head - Math.max(0, capacity - RING_SLACK)) | 0;
  }

  /** Whether the ring at that place is this one's. Messages bring a new object for the same memory each time: it is told by its place and by how far it has come. */
  isOf(proc: number, shared: SharedArrayBuffer, at: number): boolean {
    if (proc !== this.proc || `${at} of ${shared.byteLength}` !== this.from) return false;
    const header = new Int32Array(shared, at * 4, RING_HEADER);
    const before = load(this.ring, RingWord.head);
    const its = load(header, RingWord.head);
    const after = load(this.ring, RingWord.head);
    return before !== 0 && ((its - before) | 0) >= 0 && ((after - its) | 0) >= 0;
  }

  /** Nobody has looked for a while: what has been written since is not missed. */
  skip(): void {
    this.tail = load(this.ring, RingWord.head);
  }

  /** Takes what has been written; `now`: the clock's, in units. */
  drain(now: number): void {
    const { ring, capacity } = this;
    // All that is kept is too old to have a time.
    if (now - this.reached > FAR_UNITS) {
      this.clear();
      this.reach(now);
    }
    this.forget(now - KEPT_UNITS);
    const head = load(ring, RingWord.head);
    let count = (head - this.tail) >>> 0;
    if (count === 0) return;
    let lost = Math.max(0, count - capacity);
    count -= lost;
    let tail = (this.tail + lost) | 0;
    this.tail = head;
    if (copied.length < count * EVENT_WORDS) copied = new Int32Array(capacity * EVENT_WORDS);
    const from = tail & (capacity - 1);
    const before = Math.min(count, capacity - from);
    copied.set(ring.subarray(RING_HEADER + from * 4, RING_HEADER + (from + before) * 4));
    copied.set(ring.subarray(RING_HEADER, RING_HEADER + (count - before) * 4), before * 4);
    // What may have been overwritten meanwhile.
    const torn = Math.min(count, Math.max(0, (load(ring, RingWord.head) + RING_SLACK - capacity - tail) | 0));
    lost += torn;
    tail = (tail + torn) | 0;
    if (lost > 0) this.lost += lost;
    this.take(copied, torn, count, lost > 0);
  }

  /** The time of one that is kept, in units. */
  timeOf(i: number): number {
    return this.timeOfWord(this.words[(i & (this.room - 1)) * EVENT_WORDS] as number);
  }

  /** A word of one that is kept. */
  word(i: number, which: 1 | 2 | 3): number {
    return this.words[(i & (this.room - 1)) * EVENT_WORDS + which] as number;
  }

  /** All that is kept, for a loop that has to be quick: event i begins at (i & mask) * 4. */
  raw(): { readonly words: Int32Array; readonly mask: number } {
    return { words: this.words, mask: this.room - 1 };
  }

  /** The number of an event before the first that was over at `time` or later. */
  search(time: number): number {
    let low = Math.ceil(this.first / BLOCK);
    let high = Math.ceil(this.count / BLOCK);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.blocks[middle & (this.blocks.length - 1)] as number) < time) low = middle + 1;
      else high = middle;
    }
    return Math.max(this.first, (low - 1) * BLOCK);
  }

  /** Who ran between two moments: runs shorter than `width` (a power of two) summed up. */
  spans(from: number, to: number, width: number, take: TakeSpan): void {
    if (width >= FINEST_UNITS) this.pyramid.spans(from, to, width, take);
    else this.fineSpans(from, to, width, take);
  }

  private fineSpans(from: number, to: number, width: number, take: TakeSpan): void {
    const { words, mask } = this.raw();
    let bucket = -1;
    let begins = 0;
    let ends = 0;
    let runs = 0;
    let busy = 0;
    let most = 0;
    let lead = 0;
    let ended = 0;
    for (let i = this.search(from); i < this.count; i++) {
      const at = (i & mask) * EVENT_WORDS;
      if (((words[at + 1] as number) & 0xff) !== Kind.run) continue;
      const begin = this.timeOfWord(words[at] as number);
      if (begin > to) break;
      const b = words[at + 3] as number;
      const units = b >>> 3;
      const end = begin + units;
      if (end < from) continue;
      const who = words[at + 2] as number;
      const its = Math.floor(begin / width);
      if (runs > 0 && (its !== bucket || units >= width)) {
        take(begins, ends, most, runs, busy, ended);
        runs = 0;
      }
      if (units >= width) {
        take(begin, end, who, 1, units, b & 7);
        continue;
      }
      if (runs === 0) {
        bucket = its;
        begins = begin;
        busy = 0;
        lead = 0;
      }
      runs++;
      busy += units;
      ends = end;
      ended = b & 7;
      if (who === most && lead > 0) lead += units + 1;
      else if (lead >= units + 1) lead -= units + 1;
      else {
        most = who;
        lead = units + 1 - lead;
      }
    }
    if (runs > 0) take(begins, ends, most, runs, busy, ended);
  }

  private take(events: Int32Array, from: number, to: number, isTorn: boolean): void {
    let torn = isTorn ? this.reached : Number.NaN;
    for (let i = from; i < to; i++) {
      const at = i * EVENT_WORDS;
      const low = events[at] as number;
      const word = events[at + 1] as number;
      const a = events[at + 2] as number;
      const b = events[at + 3] as number;
      const kind = word & 0xff;
      if (kind === Kind.sync) {
        const time = (a >>> 0) * HIGH + (low >>> 0);
        if (Number.isNaN(this.began)) this.began = time;
        if (time > this.reached) this.reach(time);
        continue;
      }
      if (kind === Kind.gap) {
        // It may have begun long ago: its end is what is near.
        const end = this.timeOfWord((low + b) | 0);
        const units = Math.min(b >>> 0, LONGEST_GAP);
        this.gaps.add(end - units, units, 0, 0);
        if (end > this.reached) this.reach(end);
        continue;
      }
      const time = this.timeOfWord(low);
      if (!Number.isNaN(torn)) {
        if (time > torn) this.gaps.add(torn, Math.min(time - torn, LONGEST_GAP), 0, 0);
        torn = Number.NaN;
      }
      if (Number.isNaN(this.began)) this.began = time;
      this.put(low, word, a, b);
      let over = time;
      switch (kind) {
        case Kind.run:
          over = time + (b >>> 3);
          this.pyramid.add(time, b >>> 3, a, b & 7);
          if (b >>> 3 >= LONG_UNITS) this.longRuns.add(over, a, b >>> 3, 0);
          break;
        case Kind.steal:
          this.marks.add(time, LaneMark.steal, a, b);
          break;
        case Kind.log:
          this.marks.add(time, LaneMark.note, b, a);
          break;
        case Kind.regionBegin:
        case Kind.taskBegin:
        case Kind.mark:
          this.marks.add(time, LaneMark.note, word >>> 16, a);
          break;
        default:
      }
      if (over > this.reached) this.reach(over);
    }
  }

  private put(low: number, word: number, a: number, b: number): void {
    if (this.count - this.first >= this.room) {
      if (this.room < MOST_EVENTS) this.grow();
      else this.first = this.count - this.room + 1;
    }
    const i = this.count++ & (this.room - 1);
    if (i % BLOCK === 0) this.blocks[i / BLOCK] = this.reached;
    const at = i * EVENT_WORDS;
    this.words[at] = low;
    this.words[at + 1] = word;
    this.words[at + 2] = a;
    this.words[at + 3] = b;
  }

  private grow(): void {
    const { words, blocks, room } = this;
    this.room = room * 2;
    this.words = new Int32Array(this.room * EVENT_WORDS);
    this.blocks = new Float64Array(this.room / BLOCK);
    for (let i = this.first; i < this.count; i++) {
      const from = (i & (room - 1)) * EVENT_WORDS;
      const to = (i & (this.room - 1)) * EVENT_WORDS;
      for (let word = 0; word < EVENT_WORDS; word++) this.words[to + word] = words[from + word] as number;
      if (i % BLOCK === 0)
        this.blocks[(i & (this.room - 1)) / BLOCK] = blocks[(i & (room - 1)) / BLOCK] as number;
    }
  }

  /** Lets go of those before `time`. */
  private forget(time: number): void {
    while (this.first < this.count && this.timeOf(this.first) < time) this.first++;
  }

  private clear(): void {
    this.first = this.count;
    this.pyramid.clear();
    this.marks.clear();
    this.gaps.clear();
    this.longRuns.clear();
  }

  private timeOfWord(low: number): number {
    return this.reached + ((low - this.reachedLow) | 0);
  }

  private reach(time: number): void {
    // Times are near each other, but at a jump.
    const by = time - this.reached;
    this.reachedLow = by >= 0 && by < FAR_UNITS ? (this.reachedLow + by) | 0 : (time % HIGH) | 0;
    this.reached = time;
  }
}
