/**
 * The writing side of a connection.
 *
 * Invariants:
 *   I1  at most one write's bytes are not with the kernel (write.ts): `draining` until it has taken them.
 *   I2  a write that has begun goes out as a whole, whatever its writer has been told, unless the connection breaks or is closed. What is left of one that
 *       was given up is a copy, so that the writer's buffer is his again.
 *   I3  what a writer was told is done is still sent after close, for {@link Link.close}'s time; what he was told has failed is not.
 *
 * Go: internal/poll/fd_unix.go (FD.Write). Differs: Go's write that is over its deadline has written a part; here all of it goes, or none (`bytesWritten`).
 */
import { ConnClosedError } from "../base/errors.ts";
import { alone, join, left, served } from "../base/waitq.ts";
import { win } from "../runtime/contest.ts";
import { enterHost, leaveHost } from "../runtime/kernel.ts";
import { type Op, type Operation, State } from "../runtime/operation.ts";
import { checkDeadline, Deadline, writeTimedOut } from "./deadline.ts";
import type { Watcher } from "./poller.ts";
import { refused } from "./refused.ts";
import { settle } from "./settle.ts";
import type { Link } from "./transport.ts";
import { traced } from "./whence.ts";
import { notBytes, type Write, write } from "./write.ts";

export abstract class Outflow {
  /** The poller that it is in. @internal */
  watcher: Watcher | null = null;
  /** @internal */
  closed = false;
  protected readonly link: Link;
  protected broken: Error | null = null;
  private writeq: Write | null = null;
  /** Made when it is first set, as most are not. */
  private writeDeadline: Deadline | null = null;
  private finished = false;
  private draining = false;
  /** What is draining belongs to a write that was given up. */
  private forsaken = false;

  /** @internal */
  constructor(link: Link) {
    this.link = link;
  }

  /**
   * Writes all of `data`: waits until the kernel has taken it, and so for a peer that does not read. Gives the number of bytes. Must not be changed meanwhile.
   *
   * One that throws DeadlineExceededError has been sent as a whole, or will be, or not at all: the error's `bytesWritten` says which. Its buffer may be used again.
   *
   * @throws ConnClosedError (`GORT_CONN_CLOSED`), DeadlineExceededError (`GORT_DEADLINE_EXCEEDED`), or the system's error (`code` EPIPE, …)
   *
   * Go: Conn.Write.
   */
  write(data: Uint8Array | string): Op<number> {
    if (typeof data !== "string" && !(data instanceof Uint8Array)) return refused(notBytes("write", data));
    return write(this, data);
  }

  /** Hands all of `data` over, and never waits: false, and nothing, when a {@link write} would. It keeps a copy. Throws what that throws. */
  tryWrite(data: Uint8Array | string): boolean {
    if (typeof data !== "string" && !(data instanceof Uint8Array)) throw notBytes("tryWrite", data);
    this.checkWrite();
    if (this.isBusy) return false;
    if (data.length > 0) this.put(typeof data === "string" ? data : new Uint8Array(data));
    return true;
  }

  /**
   * Writes no more: the peer sees the end of the stream after what was written, a write that has begun included. Those that wait behind it get a ConnClosedError. Reading goes on.
   *
   * Go: TCPConn.CloseWrite. Differs: Go cuts short a write that has begun.
   */
  closeWrite(): void {
    if (this.finished || this.closed) return;
    this.finished = true;
    const first = this.writeq;
    if (first?.started) {
      for (let next = first.behind; next !== null; next = first.behind) {
        left<Write>(first, next);
        settle(next as Operation<unknown>, writeClosed());
      }
    } else {
      this.failWrites(writeClosed());
    }
    this.watcher?.writable();
    this.link.finish();
  }

  /** {@link Conn.setDeadline} for writes alone. */
  setWriteDeadline(durationMs: number | null): void {
    checkDeadline(durationMs);
    if (this.closed) return;
    this.writeDeadline ??= new Deadline(() => this.giveUp());
    this.writeDeadline.hold(this.writeq !== null);
    this.writeDeadline.set(durationMs);
  }

  /** Whether it can be said at once what a write would give. */
  protected get canWrite(): boolean {
    return !this.isBusy || this.finished || this.broken !== null || this.writeDeadline?.isOver === true;
  }

  /** The connection is closed: `closed` is set. */
  protected closeWriting(): void {
    this.writeDeadline?.set(null);
    // Nobody was promised what is still in this process: its writer hears, or has heard, that it failed.
    if (this.draining && (this.forsaken || this.writeq?.started)) this.link.abort();
    else this.link.close();
    this.failWrites(new ConnClosedError());
  }

  /** The connection is broken: `broken` is set. */
  protected breakWriting(error: Error): void {
    this.draining = false;
    this.failWrites(error);
  }

  // What the transport says.

  /** @internal */
  drained(): void {
    this.draining = false;
    this.forsaken = false;
    this.drain();
  }

  // What write.ts asks.

  /** @internal */
  checkWrite(): void {
    if (this.closed) throw new ConnClosedError();
    if (this.finished) throw writeClosed();
    if (this.broken !== null) throw traced(this.broken);
    if (this.writeDeadline?.isOver) throw writeTimedOut(0);
  }

  /** @internal */
  get isBusy(): boolean {
    return this.draining || this.writeq !== null;
  }

  /** @internal */
  put(data: Uint8Array | string): boolean {
    if (this.link.write(data)) return true;
    this.draining = true;
    return false;
  }

  /** @internal */
  enterWrite(op: Write): void {
    enterHost();
    if (this.writeq === null) this.writeq = alone<Write>(op);
    else join<Write>(this.writeq, op);
    this.writeDeadline?.hold(true);
    this.drain();
  }

  /** @internal */
  leaveWrite(op: Write): void {
    leaveHost();
    this.writeq = left<Write>(this.writeq as Write, op);
    this.writeDeadline?.hold(this.writeq !== null);
  }

  /** While the kernel has room: the first write is done, or begins. */
  private drain(): void {
    while (this.writeq !== null && !this.draining) {
      const first: Write = this.writeq;
      if (first.done === State.contested && !win(first as Operation<unknown>)) continue;
      let error: Error | null = null;
      try {
        if (!first.started && !first.start()) continue;
      } catch (reason) {
        error = reason as Error;
      }
      this.completeWrite(first, error);
    }
    if (!this.isBusy) this.watcher?.writable();
  }

  private completeWrite(first: Write, error: Error | null): void {
    this.writeq = served(first);
    this.writeDeadline?.hold(this.writeq !== null);
    settle(first as Operation<unknown>, error);
  }

  /** The deadline is over. */
  private giveUp(): void {
    if (this.writeq?.started) {
      this.forsaken = true;
      this.link.keep();
    }
    for (let first = this.writeq; first !== null; first = this.writeq)
      this.completeWrite(first, writeTimedOut(first.started ? first.value : 0));
    this.watcher?.writable();
  }

  private failWrites(error: Error): void {
    while (this.writeq !== null) this.completeWrite(this.writeq, error);
    this.watcher?.writable();
  }
}

function writeClosed(): ConnClosedError {
  return new ConnClosedError("write after closeWrite");
}
