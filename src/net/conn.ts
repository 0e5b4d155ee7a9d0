/**
 * Conn: one connection, as goroutines use it.
 *
 * Invariants:
 *   I1  nothing is read from the host before somebody reads; after that at most {@link READ_AHEAD} bytes (and one chunk) lie unread here, or what the first reader needs
 *       if that is more. A slow goroutine slows its peer.
 *   I2  at most one write's bytes are not with the kernel (write.ts).
 *   I3  whoever is parked here counts as waiting for the host, and hears at once of a close, a deadline and a break.
 *   I4  bytes that came before a break are read before its error is thrown.
 *
 * Go: net/net.go, internal/poll/fd_unix.go. Differs: a read that is a case of a select takes nothing when it loses.
 */
import { ConnClosedError, checkAmount } from "../base/errors.ts";
import { alone, join, left, served } from "../base/waitq.ts";
import type { RecvChan } from "../chan/types.ts";
import { concluded, holdCase, win } from "../runtime/contest.ts";
import { enterHost, leaveHost } from "../runtime/kernel.ts";
import { type Op, type Operation, State } from "../runtime/operation.ts";
import { checkDeadline, Deadline, timedOut } from "./deadline.ts";
import { empty, Inflow } from "./inflow.ts";
import { LineChan } from "./lines.ts";
import type { Watcher } from "./poller.ts";
import { type Read, ReadAll, ReadFull, ReadLine, readSome } from "./reads.ts";
import { settle } from "./settle.ts";
import type { Address, Link } from "./transport.ts";
import { checkBuffer, type Write, write } from "./write.ts";

/** How many unread bytes may lie here while nobody needs more. */
const READ_AHEAD = 65_536;
const LINE_LIMIT = 65_536;
/** What `readAll` takes if it is not told: 64 MiB. */
const ALL_LIMIT = 67_108_864;

/**
 * A connection: TCP, a Unix socket, or TLS on either.
 *
 * Several goroutines may read and write at once; reads are served first come, first served, and so are writes, each as a whole.
 *
 * Go: net.Conn, with what bufio.Reader adds.
 */
export class Conn {
  /** This end's address. */
  readonly localAddr: Address;
  /** The peer's address. */
  readonly remoteAddr: Address;
  /** @internal */
  inflow: Inflow = empty;
  /** The poller that it is in. @internal */
  watcher: Watcher | null = null;
  private readonly link: Link;
  private readq: Read<unknown> | null = null;
  private writeq: Write | null = null;
  /** Made when it is first set, as most are not. */
  private readDeadline: Deadline | null = null;
  private writeDeadline: Deadline | null = null;
  /** @internal */
  closed = false;
  private isEnded = false;
  private finished = false;
  private broken: Error | null = null;
  private pulling = false;
  private draining = false;
  private serving = false;

  /** @internal */
  constructor(link: Link) {
    this.link = link;
    this.localAddr = link.localAddr;
    this.remoteAddr = link.remoteAddr;
    link.events = this;
  }

  /**
   * Reads what is there, at least one byte: waits for some if nothing is. Gives how many bytes are now in `buf`; 0 at the end of the stream.
   *
   * @throws ConnClosedError (`GORT_CONN_CLOSED`), DeadlineExceededError (`GORT_DEADLINE_EXCEEDED`), or the system's error (`code` ECONNRESET, …)
   *
   * Go: Conn.Read.
   */
  read(buf: Uint8Array): Op<number> {
    checkBuffer("read", buf);
    return readSome(this, buf);
  }

  /**
   * Fills `buf`. Gives its length; 0 when the stream has ended before the first byte.
   *
   * @throws UnexpectedEofError (`GORT_UNEXPECTED_EOF`) when it ends after it: what came can still be read; and what {@link read} throws
   *
   * Go: io.ReadFull.
   */
  readFull(buf: Uint8Array): Op<number> {
    checkBuffer("readFull", buf);
    return new ReadFull(this, buf);
  }

  /**
   * Reads a line, and gives it without its end (`\n` or `\r\n`); undefined at the end of the stream. A last line need not have an end.
   *
   * @param limit - the most bytes that a line may have, its end not counted
   * @throws LineTooLongError (`GORT_LINE_TOO_LONG`): nothing is read then; and what {@link read} throws
   *
   * Go: bufio.Scanner.
   */
  readLine(limit: number = LINE_LIMIT): Op<string | undefined> {
    checkAmount("readLine", limit, 1);
    return new ReadLine(this, limit);
  }

  /** The lines, as {@link readLine} gives them, as a channel that is closed at the end of the stream. A receive throws what readLine throws. */
  lines(limit: number = LINE_LIMIT): RecvChan<string> {
    checkAmount("lines", limit, 1);
    return new LineChan(() => new ReadLine(this, limit));
  }

  /**
   * Reads up to the end of the stream.
   *
   * @param limit - the most bytes that it may have; 64 MiB unless told
   * @throws TooLargeError (`GORT_TOO_LARGE`): nothing is read then; and what {@link read} throws
   *
   * Go: io.ReadAll.
   */
  readAll(limit: number = ALL_LIMIT): Op<Uint8Array> {
    checkAmount("readAll", limit, 0);
    return new ReadAll(this, limit);
  }

  /**
   * Writes all of `data`: waits until the kernel has taken it, and so for a peer that does not read. Gives the number of bytes. Must not be changed meanwhile.
   *
   * @throws ConnClosedError (`GORT_CONN_CLOSED`), DeadlineExceededError (`GORT_DEADLINE_EXCEEDED`), or the system's error (`code` EPIPE, …)
   *
   * Go: Conn.Write.
   */
  write(data: Uint8Array | string): Op<number> {
    if (typeof data !== "string") checkBuffer("write", data);
    return write(this, data);
  }

  /** Reads what is there, and never waits: undefined when a {@link read} would. Throws what that throws. */
  tryRead(buf: Uint8Array): number | undefined {
    checkBuffer("tryRead", buf);
    this.checkRead();
    if (this.readq !== null) return undefined;
    const count = this.inflow.readInto(buf);
    this.pull();
    if (count > 0 || buf.length === 0) return count;
    if (!this.isOver) return undefined;
    this.checkEnd();
    return 0;
  }

  /** Hands all of `data` over, and never waits: false, and nothing, when a {@link write} would. It keeps a copy. Throws what that throws. */
  tryWrite(data: Uint8Array | string): boolean {
    if (typeof data !== "string") checkBuffer("tryWrite", data);
    this.checkWrite();
    if (this.isBusy) return false;
    if (data.length > 0) this.put(typeof data === "string" ? data : new Uint8Array(data));
    return true;
  }

  /** Writes no more: the peer sees the end of the stream after what was written. Reading goes on. Go: TCPConn.CloseWrite. */
  closeWrite(): void {
    if (this.finished || this.closed) return;
    this.finished = true;
    this.failWrites(new ConnClosedError());
    this.link.finish();
  }

  /**
   * Closes the connection at once: whoever is parked on it gets a ConnClosedError. What was written is still sent; what was not read is dropped. Again it does nothing.
   */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watcher?.gone();
    this.readDeadline?.set(null);
    this.writeDeadline?.set(null);
    this.inflow.clear();
    this.link.close();
    this.failReads(new ConnClosedError());
    this.failWrites(new ConnClosedError());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * After `durationMs` from now reads and writes throw DeadlineExceededError ("i/o timeout"), those that are parked then as well; the connection stays usable.
   *
   * @param durationMs - milliseconds; zero or less is now, null clears it
   */
  setDeadline(durationMs: number | null): void {
    this.setReadDeadline(durationMs);
    this.setWriteDeadline(durationMs);
  }

  /** {@link setDeadline} for reads alone. */
  setReadDeadline(durationMs: number | null): void {
    checkDeadline(durationMs);
    if (this.closed) return;
    this.readDeadline ??= new Deadline(() => this.failReads(timedOut()));
    this.readDeadline.hold(this.readq !== null);
    this.readDeadline.set(durationMs);
  }

  /** {@link setDeadline} for writes alone. */
  setWriteDeadline(durationMs: number | null): void {
    checkDeadline(durationMs);
    if (this.closed) return;
    this.writeDeadline ??= new Deadline(() => this.failWrites(timedOut()));
    this.writeDeadline.hold(this.writeq !== null);
    this.writeDeadline.set(durationMs);
  }

  /** @internal */
  get isOver(): boolean {
    return this.isEnded || this.broken !== null;
  }

  /** Whether it can be said at once what a read, or a write, would give. @internal */
  canGoOn(isRead: boolean): boolean {
    if (isRead) return this.inflow.size > 0 || this.isOver || this.readDeadline?.isOver === true;
    return !this.isBusy || this.finished || this.broken !== null || this.writeDeadline?.isOver === true;
  }

  /** @internal */
  get isWaitedFor(): boolean {
    return this.readq !== null;
  }

  /** @internal */
  checkRead(): void {
    if (this.closed) throw new ConnClosedError();
    if (this.readDeadline?.isOver) throw timedOut();
  }

  /** @internal */
  checkEnd(): void {
    // Who has seen the end of the stream is not told of what happened to its writing side later.
    if (this.broken !== null && !this.isEnded) throw this.broken;
  }

  /** @internal */
  enter(op: Read<unknown>): void {
    enterHost();
    if (this.readq === null) this.readq = alone(op);
    else join(this.readq, op);
    this.readDeadline?.hold(true);
    this.pull();
  }

  /** @internal */
  leave(op: Read<unknown>): void {
    leaveHost();
    this.readq = left(this.readq as Read<unknown>, op);
    this.readDeadline?.hold(this.readq !== null);
  }

  // What the transport says.
  /** @internal */
  data(chunk: Uint8Array): void {
    if (this.inflow.size === 0 && this.readq?.takes(chunk)) {
      this.completeRead(this.readq, null);
      return;
    }
    if (this.inflow === empty) this.inflow = new Inflow();
    this.inflow.push(chunk);
    this.proceed();
    if (this.pulling && this.inflow.size >= this.wanted) {
      this.pulling = false;
      this.link.halt();
    }
  }

  /** @internal */
  ended(): void {
    this.isEnded = true;
    this.proceed();
  }

  /** @internal */
  drained(): void {
    this.draining = false;
    this.drain();
  }

  /** @internal */
  failed(error: Error): void {
    this.broken = error;
    this.draining = false;
    this.proceed();
    this.failWrites(error);
  }

  private get wanted(): number {
    return Math.max(READ_AHEAD, this.readq?.needs ?? 0);
  }

  /** @internal */
  pull(): void {
    if (this.pulling || this.isOver || this.closed || this.inflow.size >= this.wanted) return;
    this.pulling = true;
    this.link.pull();
  }

  /** Whoever can take what he wants does: bytes have come, or one has left the line, and the next may be content with less. @internal */
  proceed(): void {
    if (this.serving) return; // Completing one may withdraw another; the loop sees it.
    this.serving = true;
    for (let first = this.readq; first !== null; first = this.readq) {
      let error: Error | null = null;
      if (!holdCase(first as Operation<unknown>)) continue;
      try {
        if (!concluded(first as Operation<unknown>, first.attempt())) break;
      } catch (reason) {
        error = reason as Error;
        concluded(first as Operation<unknown>, true);
      }
      this.completeRead(first, error);
    }
    this.serving = false;
    if (this.readq !== null) this.pull();
    this.watcher?.readable();
  }

  private completeRead(first: Read<unknown>, error: Error | null): void {
    this.readq = served(first);
    this.readDeadline?.hold(this.readq !== null);
    settle(first as Operation<unknown>, error);
  }

  private failReads(error: Error): void {
    while (this.readq !== null) this.completeRead(this.readq, error);
    this.watcher?.readable();
  }

  // What write.ts asks.
  /** @internal */
  checkWrite(): void {
    if (this.closed || this.finished) throw new ConnClosedError();
    if (this.broken !== null) throw this.broken;
    if (this.writeDeadline?.isOver) throw timedOut();
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
      if (first.started || first.start()) this.completeWrite(first, null);
    }
    if (!this.isBusy) this.watcher?.writable();
  }

  private completeWrite(first: Write, error: Error | null): void {
    this.writeq = served(first);
    this.writeDeadline?.hold(this.writeq !== null);
    settle(first as Operation<unknown>, error);
  }

  private failWrites(error: Error): void {
    while (this.writeq !== null) this.completeWrite(this.writeq, error);
    this.watcher?.writable();
  }

  get [Symbol.toStringTag](): string {
    return "Conn";
  }
}
