/**
 * The trace file: events and names as bytes, in chunks that several threads append to one file.
 *
 *   "gorttrace 1\n", then chunks: u32 kind, u32 bytes of payload, u32 machine, u32 processor (NO_PROC: none), payload. All little-endian.
 *
 *   kind 1   meta     JSON, {@link TraceMeta}
 *   kind 2   names    JSON: [the first one's number, ...texts], of that machine
 *   kind 3   events   varint count, f64 time of the first in units, then for each event:
 *                     kind | 0x20 if it has a reason | 0x40 if it has a name; zigzag varint of the time since the event before (0 for the first);
 *                     [reason]; [varint name]; zigzag varint a - a of the event before, in 32 bits; varint b
 *   kind 4   end      JSON, {@link TraceEnd}
 *
 * Invariants:
 *   I1  a chunk stands by itself: nothing in it depends on another one, so a lost or damaged chunk takes only its own events.
 *   I2  each chunk is one write, so that those of several threads do not mix; chunks of one machine are in the order of time.
 *   I3  times are absolute: Sync events are not written.
 *   I4  a file without `end` was cut off.
 *
 * Rejected: docs/design/trace-format.md.
 *
 * Go: internal/trace/tracev2 (batches, varints). Differs: no tables of stacks, no generations: each chunk has its own time.
 */

import { EVENT_WORDS, Kind } from "./events.ts";
import type { EventColumns } from "./read/columns.ts";

/** A file begins with it. */
export const TRACE_HEADER: Uint8Array = Buffer.from("gorttrace 1\n", "latin1");

export const ChunkKind = { meta: 1, names: 2, events: 3, end: 4 } as const;

export const CHUNK_HEADER_BYTES = 16;

/** A thread without a processor. */
export const NO_PROC = 0xffff_ffff;

export interface TraceMeta {
  readonly pid: number;
  readonly node: string;
  readonly gort: string;
  readonly procs: number;
  readonly program: string;
  /** The wall clock, ISO 8601, and the process's clock then. */
  readonly startedAt: string;
  readonly clockMs: number;
}

export interface TraceEnd {
  readonly reason: "stop" | "exit" | "panic" | "deadlock" | "last";
  /** Events that were written down and overwritten before they were saved. */
  readonly lost: number;
  /** The process's clock then: what still goes on goes on until then. */
  readonly clockMs?: number;
}

const HAS_REASON = 0x20;
const HAS_NAME = 0x40;
const KIND_MASK = 0x1f;
const TWO_32 = 2 ** 32;
/** The longest event: head, time (53 bits and a sign), reason, name, a, b. */
const MOST_BYTES = 1 + 8 + 1 + 3 + 5 + 5;
const LEAST_BYTES = 4;
const EMPTY = new Uint8Array(0);

/**
 * Writes events as they are in a ring: one for each ring, because it remembers the high bits of the time.
 *
 * Hot: no object per event, and the same scratch each time.
 */
export class EventsEncoder {
  private scratch: Uint8Array = new Uint8Array(64 * 1024);
  private view: DataView = new DataView(this.scratch.buffer);
  /** A time that is known in full, and its low word: an event is less than 214 s from the one before, or a Sync is between them. */
  private known = 0;
  private knownLow = 0;

  /** The time of the last event, in full. */
  get time(): number {
    return this.known;
  }

  /** Sets the time, where a Sync was lost. */
  sync(units: number): void {
    this.known = units;
    this.knownLow = (units % TWO_32) | 0;
  }

  /**
   * The payload of an events chunk for `count` events from word `at` on; empty when there is nothing but Syncs.
   * The bytes are valid until the next call.
   */
  encode(words: Int32Array, at: number, count: number): Uint8Array {
    const end = at + count * EVENT_WORDS;
    let kept = 0;
    for (let i = at + 1; i < end; i += EVENT_WORDS) if (((words[i] as number) & 0xff) !== Kind.sync) kept++;
    const out = this.room(kept * MOST_BYTES + 24);
    const { view } = this;
    let known = this.known;
    let knownLow = this.knownLow;
    let p = putVarint(view, 0, kept);
    const first = p;
    p += 8;
    /** The event before, and whether the time between is a difference of low words. */
    let before = 0;
    let near = false;
    let lastA = 0;
    for (let i = at; i < end; i += EVENT_WORDS) {
      const low = words[i] as number;
      const head = words[i + 1] as number;
      const a = words[i + 2] as number;
      const kind = head & KIND_MASK;
      if (kind === Kind.sync) {
        known = (a >>> 0) * TWO_32 + (low >>> 0);
        knownLow = low;
        near = false;
        continue;
      }
      const delta = (low - knownLow) | 0;
      known += delta;
      knownLow = low;
      out[p++] = kind | ((head & 0xff00) === 0 ? 0 : HAS_REASON) | (head >>> 16 === 0 ? 0 : HAS_NAME);
      if (near) p = putVarint(view, p, (delta << 1) ^ (delta >> 31));
      else {
        if (p === first + 9) {
          before = known;
          view.setFloat64(first, known, true);
        }
        const far = known - before;
        p = putLongVarint(view, p, far < 0 ? -2 * far - 1 : 2 * far);
        near = true;
      }
      before = known;
      if ((head & 0xff00) !== 0) out[p++] = head >>> 8;
      if (head >>> 16 !== 0) p = putVarint(view, p, head >>> 16);
      const step = (a - lastA) | 0;
      lastA = a;
      p = putVarint(view, p, (step << 1) ^ (step >> 31));
      p = putVarint(view, p, words[i + 3] as number);
    }
    this.known = known;
    this.knownLow = knownLow;
    return kept === 0 ? EMPTY : out.subarray(0, p);
  }

  private room(bytes: number): Uint8Array {
    if (this.scratch.length < bytes) {
      this.scratch = new Uint8Array(2 ** Math.ceil(Math.log2(bytes)));
      this.view = new DataView(this.scratch.buffer);
    }
    return this.scratch;
  }
}

/** By how many zeros a number begins with: its length as a varint, and the bits that say "goes on" in all bytes but the last. */
const LENGTHS = Uint8Array.from({ length: 33 }, (_, zeros) => Math.max(1, Math.ceil((32 - zeros) / 7)));
const GOES_ON = Int32Array.from(
  { length: 33 },
  (_, zeros) => 0x80_80_80 & (2 ** (8 * ((LENGTHS[zeros] as number) - 1)) - 1),
);

/**
 * 32 bits, taken as unsigned. The lengths of varints follow no pattern that a processor could guess, so up to 28 bits there is no branch: four bytes
 * are written, and what is too much is overwritten. (A loop took twice as long.)
 */
function putVarint(view: DataView, p: number, value: number): number {
  if (value >>> 28 !== 0) return putLongVarint(view, p, value >>> 0);
  const zeros = Math.clz32(value);
  const spread =
    (value & 0x7f) | ((value & 0x3f80) << 1) | ((value & 0x1f_c000) << 2) | ((value & 0xfe0_0000) << 3);
  view.setInt32(p, spread | (GOES_ON[zeros] as number), true);
  return p + (LENGTHS[zeros] as number);
}

/** Any size: shifts know 32 bits only. */
function putLongVarint(view: DataView, p: number, value: number): number {
  let rest = value;
  while (rest > 127) {
    view.setUint8(p++, (rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  view.setUint8(p++, rest);
  return p;
}

/** A whole chunk, to be written at once. */
export function traceChunk(kind: number, machine: number, proc: number, payload: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(CHUNK_HEADER_BYTES + payload.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, kind, true);
  view.setUint32(4, payload.length, true);
  view.setUint32(8, machine, true);
  view.setUint32(12, proc, true);
  chunk.set(payload, CHUNK_HEADER_BYTES);
  return chunk;
}

export function metaChunk(machine: number, proc: number, meta: TraceMeta): Uint8Array {
  return traceChunk(ChunkKind.meta, machine, proc, json(meta));
}

/** Names of a machine, from number `first` on. */
export function namesChunk(
  machine: number,
  proc: number,
  first: number,
  names: readonly string[],
): Uint8Array {
  return traceChunk(ChunkKind.names, machine, proc, json([first, ...names]));
}

export function endChunk(machine: number, proc: number, end: TraceEnd): Uint8Array {
  return traceChunk(ChunkKind.end, machine, proc, json(end));
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** Where {@link decodeEvents} is: varints are read from here. */
const cursor = { at: 0 };

/** Appends the events of a payload, in the order in which they are there. False: it was damaged, and what stands before the damage was appended. */
export function decodeEvents(payload: Uint8Array, into: EventColumns): boolean {
  cursor.at = 0;
  const count = varint(payload);
  const first = cursor.at;
  if (first + 8 > payload.length || count > (payload.length - first - 8) / LEAST_BYTES) return false;
  let time = new DataView(payload.buffer, payload.byteOffset).getFloat64(first, true);
  cursor.at = first + 8;
  into.room(count);
  const { times, kinds, reasons, names, as, bs } = into;
  let n = into.count;
  let a = 0;
  for (let i = 0; i < count; i++, n++) {
    const head = payload[cursor.at++] as number;
    const zigzag = varint(payload);
    time += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    const reason = (head & HAS_REASON) === 0 ? 0 : (payload[cursor.at++] as number);
    const name = (head & HAS_NAME) === 0 ? 0 : varint(payload);
    const step = varint(payload);
    a = (a + ((step >>> 1) ^ -(step & 1))) >>> 0;
    const b = varint(payload);
    if (cursor.at > payload.length || !(time >= 0 && time <= Number.MAX_SAFE_INTEGER)) break;
    times[n] = time;
    kinds[n] = head & KIND_MASK;
    reasons[n] = reason;
    names[n] = name;
    as[n] = a;
    bs[n] = b;
  }
  const whole = n - into.count === count && cursor.at === payload.length;
  into.count = n;
  return whole;
}

/** Behind the end of the bytes it reads 0, and the cursor tells. */
function varint(bytes: Uint8Array): number {
  let byte = bytes[cursor.at++] as number;
  if (byte < 128) return byte;
  let value = byte & 127;
  byte = bytes[cursor.at++] as number;
  value |= (byte & 127) << 7;
  if (!(byte > 127)) return value;
  byte = bytes[cursor.at++] as number;
  value |= (byte & 127) << 14;
  if (!(byte > 127)) return value;
  for (let scale = 2 ** 21; scale < 2 ** 63; scale *= 128) {
    byte = bytes[cursor.at++] as number;
    value += (byte & 127) * scale;
    if (!(byte > 127)) return value;
  }
  return value;
}
