/**
 * Writing: hands its bytes to the transport when the kernel has taken all that came before, so that at most one write's bytes are in this process.
 *
 * The operation is done when the kernel has taken its bytes. As a case of a select that would be too late to lose: there it happens when the bytes are handed over,
 * and the next write waits instead.
 */
import { describe, InvalidOptionError } from "../base/errors.ts";
import type { Waiting } from "../base/waitq.ts";
import {
  isCurrent,
  Operation,
  overdue,
  PARKED,
  type Park,
  type Parkable,
  parking,
  probe,
  REUSE,
  State,
  spend,
  type Waiter,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { traced } from "./whence.ts";

// Constants of this module, which V8 folds into inlined code.
const parked = PARKED;
const reuse = REUSE;

/** What a write needs of its connection. */
export interface Sink {
  /** Throws when nothing can be written: closed, broken, or the write deadline is over. */
  checkWrite(): void;
  /** The kernel has not taken all yet, or somebody waits to write. */
  readonly isBusy: boolean;
  /** Hands bytes over: whether the kernel has taken them at once. */
  put(data: Uint8Array | string): boolean;
  enterWrite(op: Write): void;
  leaveWrite(op: Write): void;
}

/** What is wrong with a buffer to read into, or null. */
export function checkBuffer(what: string, buf: unknown): Error | null {
  if (!(buf instanceof Uint8Array)) {
    return new InvalidOptionError(`conn.${what} needs a Uint8Array, got ${describe(buf)}`);
  }
  return buf.length === 0 && isDetached(buf) ? detached() : null;
}

/** What was to be written is no bytes. */
export function notBytes(what: string, data: unknown): Error {
  return new InvalidOptionError(`conn.${what} needs a Uint8Array or a string, got ${describe(data)}`);
}

/** Whether its memory has been transferred, to another thread say; then its length is 0. */
export function isDetached(buf: Uint8Array): boolean {
  try {
    new Uint8Array(buf.buffer);
    return false;
  } catch {
    return true;
  }
}

/** A buffer whose memory is gone cannot be read into, or written from. */
export function detached(): Error {
  return new InvalidOptionError("the buffer was detached (transferred) while it was read into or written");
}

export class Write extends Operation<number> implements Waiting<Write> {
  done: number = State.fresh;
  /** How many bytes were written. */
  value: number;
  owner: Parkable | Waiter | null = null;
  private sink: Sink;
  private data: Uint8Array | string;
  /** Its bytes have been handed over. */
  started = false;
  before: Write | null = null;
  behind: Write | null = null;

  constructor(sink: Sink, data: Uint8Array | string) {
    super();
    this.sink = sink;
    this.data = data;
    this.value = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    if (probe.track !== null) probe.track(this as Operation<unknown>);
  }

  again(sink: Sink, data: Uint8Array | string): this {
    this.done = State.fresh;
    this.sink = sink;
    this.data = data;
    this.value = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    this.started = false;
    return this;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  override next(): IteratorResult<Park, number> {
    if (this.done === State.fresh) {
      this.done = State.finished; // Also if poll throws.
      if (!this.poll()) return this.park();
      if (spend() && overdue(this as Operation<unknown>)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    // The spare holds no goroutine, no connection, and nobody's bytes.
    this.sink = null as never;
    this.owner = null;
    this.data = "";
    spare = this;
    return this as unknown as IteratorResult<Park, number>;
  }

  private park(): IteratorResult<Park, number> {
    this.done = State.fresh;
    const g = parking(WaitReason.ioWait);
    if (g !== null) {
      this.done = State.parked;
      this.owner = g;
      this.enqueue();
    }
    return parked;
  }

  poll(): boolean {
    this.sink.checkWrite();
    return !this.sink.isBusy && this.start();
  }

  /** Hands its bytes over; whether it is done. */
  start(): boolean {
    if (typeof this.data !== "string" && this.data.length !== this.value) throw detached();
    this.started = true;
    if (this.value === 0) return true;
    // Asked as a case, or waiting as one; async code that waits is none.
    const isCase =
      this.done === State.contested ||
      (this.done === State.entered && (this.owner === null || this.owner instanceof Operation));
    // What stays in this process must not change when the program uses its buffer again.
    const data = isCase && typeof this.data !== "string" ? new Uint8Array(this.data) : this.data;
    return this.sink.put(data) || isCase;
  }

  override failure(): unknown {
    return traced(this.value);
  }

  override toString(): string {
    return "this write operation";
  }

  enqueue(): void {
    this.sink.enterWrite(this);
  }

  dequeue(): void {
    this.sink.leaveWrite(this);
  }
}

/** One whose wait is over, to be made anew (docs/design/operations.md). One for all connections, as most writes need not wait. */
let spare: Write | null = null;

export function write(sink: Sink, data: Uint8Array | string): Write {
  const op = spare;
  if (op === null || !reuse) return new Write(sink, data);
  spare = null;
  return op.again(sink, data);
}
