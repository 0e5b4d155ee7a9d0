/**
 * What can be asked of the bytes that come in: some, exactly so many, a line, or all of them.
 *
 * Each is an operation that takes its bytes all at once, when they are there, and none before: a case that loses its select has taken nothing. They stand in
 * the connection's queue, first come, first served.
 */
import { LineTooLongError, TooLargeError, UnexpectedEofError } from "../base/errors.ts";
import type { Waiting } from "../base/waitq.ts";
import {
  BasicOperation,
  type Debts,
  isCurrent,
  type Operation,
  overdue,
  PARKED,
  type Park,
  parking,
  REUSE,
  State,
  spend,
} from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import type { Inflow } from "./inflow.ts";
import { traced } from "./whence.ts";
import { detached, isDetached } from "./write.ts";

// Constants of this module, which V8 folds into inlined code.
const parked = PARKED;
const reuse = REUSE;

/** What a read needs of its connection. */
export interface Source {
  readonly inflow: Inflow;
  /** No more bytes will come: the end of the stream, or the connection is broken. */
  readonly isOver: boolean;
  /** Throws when the connection is closed or its read deadline is over. */
  checkRead(): void;
  /** Throws the error that has broken the connection, if one has. */
  checkEnd(): void;
  enter(op: Read<unknown>): void;
  leave(op: Read<unknown>): void;
  /** One has left the line. */
  proceed(): void;
  readonly isWaitedFor: boolean;
  /** Bytes are wanted, if there is room for them. */
  pull(): void;
}

export abstract class Read<T> extends BasicOperation<T> implements Waiting<Read<unknown>> {
  protected source: Source;
  before: Read<unknown> | null = null;
  behind: Read<unknown> | null = null;

  constructor(source: Source) {
    super();
    this.source = source;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  /** How many unread bytes it may take to decide it. */
  abstract readonly needs: number;

  /** Takes what it wants into `value`, if that is there; throws when it will never be. */
  abstract attempt(): boolean;

  /** `chunk` has come and nothing lies before it: takes it whole if that is what it wants, and keeps no part of it. */
  takes(_chunk: Uint8Array): boolean {
    return false;
  }

  poll(): boolean {
    const { source } = this;
    source.checkRead();
    if (!source.isWaitedFor && this.attempt()) return true;
    source.pull(); // Who only tries wants to see something the next time.
    return false;
  }

  enqueue(): void {
    this.source.enter(this as Read<unknown>);
  }

  dequeue(): void {
    this.source.leave(this as Read<unknown>);
  }

  override failure(): unknown {
    return traced(this.value);
  }

  override recycle(): Debts {
    this.source.proceed();
    return null;
  }
}

export class ReadSome extends Read<number> {
  private into: Uint8Array;

  constructor(source: Source, into: Uint8Array) {
    super(source);
    this.into = into;
  }

  again(source: Source, into: Uint8Array): this {
    this.done = State.fresh;
    this.source = source;
    this.into = into;
    return this;
  }

  override next(): IteratorResult<Park, number> {
    if (this.done === State.fresh) {
      const { source } = this;
      this.done = State.finished; // Also if this throws.
      source.checkRead();
      if (source.isWaitedFor || !this.attempt()) return this.park();
      if (spend() && overdue(this as Operation<unknown>)) return parked;
    } else if (this.done === State.fulfilled && isCurrent(this.owner)) {
      this.done = State.finished;
    } else if (!this.resumed()) {
      return parked;
    }
    // The spare holds no goroutine, no connection, and nobody's memory.
    this.source = null as never;
    this.owner = null;
    this.into = nothing;
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

  override takes(chunk: Uint8Array): boolean {
    const { into } = this;
    const { length } = chunk;
    if (length > into.length || length === 0) return false;
    into.set(chunk);
    this.value = length;
    return true;
  }

  get needs(): number {
    return 1;
  }

  override toString(): string {
    return "this read operation";
  }

  attempt(): boolean {
    const { source, into } = this;
    if (into.length === 0 && isDetached(into)) throw detached();
    if (source.inflow.size > 0 || into.length === 0) {
      this.value = source.inflow.readInto(into);
      return true;
    }
    if (!source.isOver) return false;
    source.checkEnd();
    this.value = 0;
    return true;
  }
}

const nothing = new Uint8Array(0);

/** One whose wait is over, to be made anew (docs/design/operations.md). One for all connections: mostly it serves the goroutine that has just given it back. */
let spare: ReadSome | null = null;

export function readSome(source: Source, into: Uint8Array): ReadSome {
  const op = spare;
  if (op === null || !reuse) return new ReadSome(source, into);
  spare = null;
  return op.again(source, into);
}

export class ReadFull extends Read<number> {
  private readonly into: Uint8Array;

  constructor(source: Source, into: Uint8Array) {
    super(source);
    this.into = into;
  }

  get needs(): number {
    return this.into.length;
  }

  override toString(): string {
    return "this readFull operation";
  }

  attempt(): boolean {
    const { source, into } = this;
    const { inflow } = source;
    if (into.length === 0 && isDetached(into)) throw detached();
    if (inflow.size >= into.length) {
      this.value = inflow.readInto(into);
      return true;
    }
    if (!source.isOver) return false;
    source.checkEnd();
    this.value = 0;
    if (inflow.size === 0) return true;
    throw new UnexpectedEofError();
  }
}

export class ReadLine extends Read<string | undefined> {
  private readonly limit: number;

  constructor(source: Source, limit: number) {
    super(source);
    this.limit = limit;
  }

  get needs(): number {
    // With its end, of two bytes at most.
    return this.limit + 2;
  }

  override toString(): string {
    return "this readLine operation";
  }

  attempt(): boolean {
    const { source, limit } = this;
    const { inflow } = source;
    const length = inflow.lineLength();
    if (length >= 0) {
      this.value = this.line(length);
      return true;
    }
    if (inflow.size > limit + 1) throw this.tooLong();
    if (!source.isOver) return false;
    source.checkEnd();
    this.value = inflow.size === 0 ? undefined : this.line(inflow.size);
    return true;
  }

  private line(length: number): string {
    const { inflow } = this.source;
    if (inflow.contentLength(length) > this.limit) throw this.tooLong();
    return inflow.takeLine(length);
  }

  private tooLong(): LineTooLongError {
    return new LineTooLongError(`line too long: no end within ${this.limit} bytes; nothing was read`);
  }
}

export class ReadAll extends Read<Uint8Array> {
  private readonly limit: number;

  constructor(source: Source, limit: number) {
    super(source);
    this.limit = limit;
  }

  get needs(): number {
    return this.limit + 1;
  }

  override toString(): string {
    return "this readAll operation";
  }

  attempt(): boolean {
    const { source, limit } = this;
    const { inflow } = source;
    if (inflow.size > limit) throw new TooLargeError(`stream too large: more than ${limit} bytes`);
    if (!source.isOver) return false;
    source.checkEnd();
    this.value = inflow.take(inflow.size);
    return true;
  }
}
