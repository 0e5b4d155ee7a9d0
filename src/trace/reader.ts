/**
 * A trace file as a {@link Trace}: events in columns, one set a machine.
 *
 * Invariants:
 *   I1  what is whole is read, whatever stands behind it: every prefix of a trace file is a trace that ends early.
 *   I2  nothing but a foreign beginning is refused. An unknown chunk is skipped, a damaged one is counted, and what stands before the damage is kept.
 *   I3  bytes may come in pieces of any size; only the chunk that is not yet whole is kept.
 */

import { UNITS_A_MS } from "./events.ts";
import {
  CHUNK_HEADER_BYTES,
  ChunkKind,
  decodeEvents,
  NO_PROC,
  TRACE_HEADER,
  type TraceEnd,
  type TraceMeta,
} from "./format.ts";
import { EventColumns } from "./read/columns.ts";

/** What one thread has written down. */
export interface MachineTrace {
  readonly machine: number;
  /** The processor it had last; -1: none. */
  readonly proc: number;
  /** Texts by number; 0 is "". */
  readonly names: readonly string[];
  readonly events: EventColumns;
}

export interface Trace {
  readonly meta: TraceMeta | null;
  /** Null: the trace ends early. */
  readonly end: TraceEnd | null;
  /** By number. */
  readonly machines: readonly MachineTrace[];
  /** How many events there are. */
  readonly count: number;
  /** Events that were lost before they were saved. */
  readonly lost: number;
  /** From the first event to when the trace was ended (if that is not told: to the last event, or the end of the last run), in units. 0 and 0 when there is none. */
  readonly began: number;
  readonly ended: number;
  /** Bytes at the end that were not whole; chunks of kinds that this version does not know; chunks that could not be read to their end. */
  readonly cutBytes: number;
  readonly unknownChunks: number;
  readonly damagedChunks: number;
}

/** These bytes are not a trace. */
export class ForeignTraceError extends Error {
  override readonly name = "ForeignTraceError";
}

interface Machine {
  machine: number;
  proc: number;
  names: string[];
  events: EventColumns;
}

/** Reads a trace that comes in pieces. */
export class TraceReader {
  private begun = false;
  /** Pieces of what is not whole, and how many bytes it needs to be looked at again. */
  private pieces: Uint8Array[] = [];
  private held = 0;
  private needed = TRACE_HEADER.length;
  private readonly machines = new Map<number, Machine>();
  private meta: TraceMeta | null = null;
  private end: TraceEnd | null = null;
  private lost = 0;
  private unknown = 0;
  private damaged = 0;

  /** Takes more bytes; they may be reused when it returns. Throws ForeignTraceError when the file does not begin as a trace does. */
  push(bytes: Uint8Array): void {
    this.held += bytes.length;
    if (this.held < this.needed) {
      this.pieces.push(bytes.slice());
      return;
    }
    const whole = this.pieces.length === 0 ? bytes : Buffer.concat([...this.pieces, bytes]);
    let at = 0;
    if (!this.begun) {
      if (!isHeader(whole.subarray(0, TRACE_HEADER.length)))
        throw new ForeignTraceError("not a trace of gort's");
      this.begun = true;
      at = TRACE_HEADER.length;
    }
    const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
    for (;;) {
      this.needed = CHUNK_HEADER_BYTES;
      if (whole.length - at < this.needed) break;
      this.needed += view.getUint32(at + 4, true);
      if (whole.length - at < this.needed) break;
      const payload = whole.subarray(at + CHUNK_HEADER_BYTES, at + this.needed);
      this.chunk(
        view.getUint32(at, true),
        view.getUint32(at + 8, true),
        view.getUint32(at + 12, true),
        payload,
      );
      at += this.needed;
    }
    this.held = whole.length - at;
    this.pieces = this.held === 0 ? [] : [whole.slice(at)];
  }

  /** There are no more bytes. */
  finish(): Trace {
    if (!this.begun && !isHeader(Buffer.concat(this.pieces)))
      throw new ForeignTraceError("not a trace of gort's");
    const machines = [...this.machines.values()]
      .filter(({ events }) => events.count > 0)
      .sort((m, n) => m.machine - n.machine);
    let count = 0;
    let began = Number.POSITIVE_INFINITY;
    let ended = 0;
    for (const { events } of machines) {
      events.settle();
      count += events.count;
      began = Math.min(began, events.times[0] as number);
      ended = Math.max(ended, events.end());
    }
    const until = this.end?.clockMs;
    if (count > 0 && typeof until === "number" && until * UNITS_A_MS > ended) ended = until * UNITS_A_MS;
    return {
      meta: this.meta,
      end: this.end,
      machines,
      count,
      lost: this.lost,
      began: count === 0 ? 0 : began,
      ended,
      cutBytes: this.held,
      unknownChunks: this.unknown,
      damagedChunks: this.damaged,
    };
  }

  private chunk(kind: number, machine: number, proc: number, payload: Uint8Array): void {
    switch (kind) {
      case ChunkKind.meta: {
        const meta = this.parsed(payload, isRecord) as TraceMeta | null;
        this.meta ??= meta;
        return;
      }
      case ChunkKind.names: {
        const list = this.parsed(payload, isNames);
        if (list === null) return;
        const [first, ...texts] = list;
        const { names } = this.machine(machine, proc);
        for (const [i, text] of texts.entries()) names[first + i] = text;
        return;
      }
      case ChunkKind.events:
        if (!decodeEvents(payload, this.machine(machine, proc).events)) this.damaged++;
        return;
      case ChunkKind.end: {
        const end = this.parsed(payload, isRecord) as TraceEnd | null;
        if (end === null) return;
        this.end = end;
        this.lost += typeof end.lost === "number" ? end.lost : 0;
        return;
      }
      default:
        this.unknown++;
    }
  }

  private machine(number: number, proc: number): Machine {
    let found = this.machines.get(number);
    if (found === undefined) {
      found = { machine: number, proc: -1, names: [""], events: new EventColumns() };
      this.machines.set(number, found);
    }
    if (proc !== NO_PROC) found.proc = proc;
    return found;
  }

  private parsed<T>(payload: Uint8Array, is: (value: unknown) => value is T): T | null {
    try {
      const value: unknown = JSON.parse(Buffer.from(payload).toString());
      if (is(value)) return value;
    } catch {
      // Counted like any other damage.
    }
    this.damaged++;
    return null;
  }
}

/** A whole trace at once. */
export function readTrace(bytes: Uint8Array): Trace {
  const reader = new TraceReader();
  reader.push(bytes);
  return reader.finish();
}

/** Whether it is the header, or the beginning of one. */
function isHeader(bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => byte === TRACE_HEADER[i]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is [number, ...string[]] {
  if (!Array.isArray(value)) return false;
  const [first, ...texts] = value as unknown[];
  return (
    Number.isInteger(first) &&
    (first as number) >= 0 &&
    (first as number) <= 0xffff &&
    texts.every((text) => typeof text === "string")
  );
}
