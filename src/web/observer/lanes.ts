/**
 * The answer to /api/lanes: see {@link LanesQuery} (web/protocol.ts) for its form.
 *
 * It is as detailed as the screen: what is shorter than about a pixel is summed up, in buckets of a power of two so that a picture that moves does not flicker. Hence a lane has about two spans a pixel at most, however many events there were.
 */
import { Kind, UNITS_A_MS } from "../../trace/events.ts";
import { LaneMark, type LanesQuery } from "../protocol.ts";
import type { Columns } from "./columns.ts";
import { type History, LONGEST_GAP } from "./history.ts";
import type { Track } from "./track.ts";

const HEADER_BYTES = 32;
const LANE_WORDS = 4;
const SPAN_WORDS = 5;
const MARK_WORDS = 4;
/** Bits 8 to 10 of a processor's span: a run that lasts; nothing was written down. */
export const STILL_RUNS = 4;
const GAP = 7;
const BUSY = 255;
/** What is known begins with the first event; who ran just before that is not worth a hatch. */
const LEAST_UNKNOWN: number = 10 * UNITS_A_MS;

/** A processor, and the goroutine that it runs just now. */
export interface LaneProc {
  readonly id: number;
  /** 0: none, or not known. */
  readonly running: number;
  /** How long it has been at it, in ms; 0: it is idle, or only just. */
  readonly sliceMs: number;
}

/** What a lane is made from. */
export interface LaneSource {
  readonly histories: readonly History[];
  readonly procs: readonly LaneProc[];
  readonly tracks: readonly Track[];
  /** The number of a text in the list of texts, for its number in that machine's names. */
  readonly text: (history: History, name: number) => number;
}

/** Words, as many as are needed. */
class Words {
  length = 0;
  private words = new Int32Array(4096);

  room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.words.length) {
      const words = new Int32Array(Math.max(this.length, this.words.length * 2));
      words.set(this.words);
      this.words = words;
    }
    return at;
  }

  set(at: number, value: number): void {
    this.words[at] = value;
  }

  add4(a: number, b: number, c: number, d: number): void {
    const at = this.room(4);
    this.words[at] = a;
    this.words[at + 1] = b;
    this.words[at + 2] = c;
    this.words[at + 3] = d;
  }

  bytes(): Buffer {
    return Buffer.from(this.words.buffer, 0, this.length * 4);
  }
}

/** The lanes of all processors, then those of the goroutines. `nowMs`: the process's clock. */
export function lanesAnswer(query: LanesQuery, source: LaneSource, nowMs: number): Buffer {
  const from = Math.round(query.from * UNITS_A_MS);
  const to = Math.max(from + 1, Math.round(query.to * UNITS_A_MS));
  const window: Window = {
    from,
    to,
    // The power of two next to a pixel.
    width: 2 ** Math.max(0, Math.round(Math.log2((to - from) / query.width))),
    now: Math.floor(nowMs * UNITS_A_MS),
  };
  const words = new Words();
  words.room(HEADER_BYTES / 4);
  for (const proc of source.procs) procLane(words, window, proc, source);
  for (const track of source.tracks) goroutineLane(words, window, track);
  const answer = words.bytes();
  answer.write("GLN1", 0, "latin1");
  answer.writeInt32LE(source.procs.length + source.tracks.length, 4);
  answer.writeDoubleLE(from / UNITS_A_MS, 8);
  answer.writeDoubleLE(to / UNITS_A_MS, 16);
  answer.writeDoubleLE(nowMs, 24);
  return answer;
}

interface Window {
  readonly from: number;
  readonly to: number;
  /** What is shorter is summed up. */
  readonly width: number;
  readonly now: number;
}

function putSpan(
  words: Words,
  { from, to }: Window,
  begin: number,
  end: number,
  who: number,
  runs: number,
  flags: number,
): void {
  const at = words.room(SPAN_WORDS);
  words.set(at, Math.max(begin, from) - from);
  words.set(at + 1, Math.min(Math.max(begin, end), to) - from);
  words.set(at + 2, who);
  words.set(at + 3, runs);
  words.set(at + 4, flags);
}

/** How busy something was, of 255; something is not nothing. */
function busyBits(busy: number, begin: number, end: number): number {
  return end <= begin ? BUSY : Math.max(1, Math.min(BUSY, Math.round((busy / (end - begin)) * BUSY)));
}

function procLane(words: Words, window: Window, proc: LaneProc, source: LaneSource): void {
  const head = words.room(LANE_WORDS);
  const { from, to, width, now } = window;
  // A processor may have had several threads, one after the other.
  const its = source.histories.filter((one) => one.proc === proc.id);
  its.sort((a, b) => a.reached - b.reached);
  // Before anybody looked nothing was written down.
  const began = its.reduce((least, one) => (one.began < least ? one.began : least), Number.POSITIVE_INFINITY);
  if (began - from >= LEAST_UNKNOWN && its.length > 0)
    putSpan(words, window, from, Math.min(began, to), 0, 0, GAP << 8);
  let until = Number.NEGATIVE_INFINITY;
  for (const history of its) {
    const { gaps } = history;
    let gap = Math.max(gaps.first, gaps.search(from - LONGEST_GAP));
    const putGaps = (before: number): void => {
      for (; gap < gaps.count && gaps.time(gap) < before; gap++) {
        const begin = gaps.time(gap);
        const end = Math.min(begin + gaps.number(gap, 0), before);
        if (end >= from && end - begin >= width) putSpan(words, window, begin, end, 0, 0, GAP << 8);
      }
    };
    history.spans(from, to, width, (begin, end, who, runs, busy, ended) => {
      putGaps(begin);
      until = Math.max(until, end);
      putSpan(words, window, begin, end, who, runs, busyBits(busy, begin, end) | (ended << 8));
    });
    putGaps(to);
  }
  const since = Math.max(now - Math.ceil(proc.sliceMs * UNITS_A_MS), until);
  if (proc.sliceMs >= 1 && since < to && now > from && now - since >= width)
    putSpan(words, window, since, now, proc.running | 0, 1, BUSY | (STILL_RUNS << 8));
  const spans = (words.length - head - LANE_WORDS) / SPAN_WORDS;
  const marksAt = words.length;
  for (const history of its) putMarks(words, window, history, source);
  words.set(head, 0);
  words.set(head + 1, proc.id);
  words.set(head + 2, spans);
  words.set(head + 3, (words.length - marksAt) / MARK_WORDS);
}

/** Steals of one bucket from one processor together; one note a bucket. */
function putMarks(words: Words, window: Window, history: History, source: LaneSource): void {
  const marks: Columns = history.marks;
  let bucket = -1;
  let noted = -1;
  let at = 0;
  let count = 0;
  let victim = -1;
  const flush = (): void => {
    if (count > 0) words.add4(at, LaneMark.steal, count, victim);
    count = 0;
  };
  for (let i = marks.search(window.from); i < marks.count; i++) {
    const time = marks.time(i);
    if (time > window.to) break;
    const its = Math.floor(time / window.width);
    if (marks.number(i, 0) === LaneMark.steal) {
      const b = marks.number(i, 2);
      if (its !== bucket || b !== victim) {
        flush();
        at = time - window.from;
        bucket = its;
        victim = b;
      }
      count += marks.number(i, 1);
    } else if (its !== noted) {
      flush();
      noted = its;
      words.add4(
        time - window.from,
        LaneMark.note,
        source.text(history, marks.number(i, 1)),
        marks.number(i, 2),
      );
    }
  }
  flush();
}

function goroutineLane(words: Words, window: Window, track: Track): void {
  const head = words.room(LANE_WORDS);
  const { from, to, width, now } = window;
  const who = track.goroutine;
  // Stretches that are shorter than a bucket, of one bucket.
  const short = { bucket: -1, begin: 0, end: 0, runs: 0, busy: 0, waits: 0, ready: 0, reason: 0 };
  const flush = (): void => {
    if (short.bucket < 0) return;
    const { begin, end, runs, busy, waits, ready, reason } = short;
    short.bucket = -1;
    if (runs > 0) putSpan(words, window, begin, end, who, runs, busyBits(busy, begin, end));
    else putSpan(words, window, begin, end, who, 0, waits >= ready ? (1 << 8) | (reason << 16) : 2 << 8);
  };
  for (const { begin, end, state, reason } of track.stretches(now)) {
    if (end < from || begin > to) continue;
    const units = end - begin;
    if (units >= width) {
      flush();
      const runs = state === 0 ? 1 : 0;
      putSpan(words, window, begin, end, who, runs, (state === 0 ? BUSY : state << 8) | (reason << 16));
      continue;
    }
    const bucket = Math.floor(begin / width);
    if (bucket !== short.bucket) {
      flush();
      short.bucket = bucket;
      short.begin = begin;
      short.runs = short.busy = short.waits = short.ready = 0;
    }
    short.end = end;
    if (state === 0) {
      short.runs++;
      short.busy += units;
    } else if (state === 1) {
      short.waits += units;
      short.reason = reason;
    } else short.ready += units;
  }
  flush();
  const spans = (words.length - head - LANE_WORDS) / SPAN_WORDS;
  const marksAt = words.length;
  putWakes(words, window, track);
  words.set(head, 1);
  words.set(head + 1, who);
  words.set(head + 2, spans);
  words.set(head + 3, (words.length - marksAt) / MARK_WORDS);
}

/** The last wake-up of each kind of each bucket. */
function putWakes(words: Words, { from, to, width }: Window, track: Track): void {
  const last = [-1, -1];
  for (let i = track.seen.length - 1; i >= 0; i--) {
    const one = track.seen[i] as Track["seen"][number];
    if (one.kind !== Kind.unblock || one.time > to) continue;
    if (one.time < from) break;
    const bucket = Math.floor(one.time / width);
    const isWoken = one.a === track.goroutine;
    if (last[isWoken ? 0 : 1] === bucket) continue;
    last[isWoken ? 0 : 1] = bucket;
    words.add4(one.time - from, isWoken ? LaneMark.woken : LaneMark.woke, isWoken ? one.b : one.a, one.proc);
  }
}
