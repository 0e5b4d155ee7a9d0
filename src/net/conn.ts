/**
 * Conn: one connection, as goroutines use it. Its writing side is outflow.ts.
 *
 * Invariants:
 *   I1  nothing is read from the host before somebody reads; after that at most {@link READ_AHEAD} bytes (and one chunk) lie unread here, or what the first reader needs
 *       if that is more. A slow goroutine slows its peer.
 *   I2  whoever is parked here counts as waiting for the host, and hears at once of a close, a deadline and a break.
 *   I3  bytes that came before a break are read before its error is thrown.
 *
 * Go: net/net.go, internal/poll/fd_unix.go. Differs: a read that is a case of a select takes nothing when it loses.
 */
import { ConnClosedError, checkAmount } from "../base/errors.ts";
import { alone, join, left, served } from "../base/waitq.ts";
import type { RecvChan } from "../chan/types.ts";
import { concluded, holdCase } from "../runtime/contest.ts";
import { enterHost, leaveHost } from "../runtime/kernel.ts";
import type { Op, Operation } from "../runtime/operation.ts";
import { checkDeadline, Deadline, timedOut } from "./deadline.ts";
import { empty, Inflow } from "./inflow.ts";
import { LineChan } from "./lines.ts";
import { Outflow } from "./outflow.ts";
import { type Read, ReadAll, ReadFull, ReadLine, readSome } from "./reads.ts";
import { orRefused, refused } from "./refused.ts";
import { settle } from "./settle.ts";
import { addressText, showAsText } from "./shown.ts";
import type { Address, Link } from "./transport.ts";
import { traced } from "./whence.ts";
import { checkBuffer } from "./write.ts";

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
export class Conn extends Outflow {
  /** This end's address. */
  readonly localAddr: Address;
  /** The peer's address. */
  readonly remoteAddr: Address;
  /** @internal */
  inflow: Inflow = empty;
  private readq: Read<unknown> | null = null;
  /** Made when it is first set, as most are not. */
  private readDeadline: Deadline | null = null;
  private isEnded = false;
  private pulling = false;
  private serving = false;

  /** @internal */
  constructor(link: Link) {
    super(link);
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
    const problem = checkBuffer("read", buf);
    return problem === null ? readSome(this, buf) : refused(problem);
  }

  /**
   * Fills `buf`. Gives its length; 0 when the stream has ended before the first byte.
   *
   * @throws UnexpectedEofError (`GORT_UNEXPECTED_EOF`) when it ends after it: what came can still be read; and what {@link read} throws
   *
   * Go: io.ReadFull.
   */
  readFull(buf: Uint8Array): Op<number> {
    const problem = checkBuffer("readFull", buf);
    return problem === null ? new ReadFull(this, buf) : refused(problem);
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
    return orRefused(() => {
      checkAmount("readLine", limit, 1);
      return new ReadLine(this, limit);
    });
  }

  /** The lines, as {@link readLine} gives them, as a channel that is closed at the end of the stream. A receive throws what readLine throws. */
  lines(limit: number = LINE_LIMIT): RecvChan<string> {
    checkAmount("lines", limit, 1);
    return new LineChan(() => new ReadLine(this, limit));
  }

  /**
   * Reads up to the end of the stream.
   *
   * @param limit - the most bytes that it may have; 64 MiB unless told, Infinity for no limit
   * @throws TooLargeError (`GORT_TOO_LARGE`): nothing is read then; and what {@link read} throws
   *
   * Go: io.ReadAll.
   */
  readAll(limit: number = ALL_LIMIT): Op<Uint8Array> {
    return orRefused(() => {
      if (limit !== Number.POSITIVE_INFINITY) checkAmount("readAll", limit, 0);
      return new ReadAll(this, limit);
    });
  }

  /** Reads what is there, and never waits: undefined when a {@link read} would. Throws what that throws. */
  tryRead(buf: Uint8Array): number | undefined {
    const problem = checkBuffer("tryRead", buf);
    if (problem !== null) throw problem;
    this.checkRead();
    if (this.readq !== null) return undefined;
    const count = this.inflow.readInto(buf);
    this.pull();
    if (count > 0 || buf.length === 0) return count;
    if (!this.isOver) return undefined;
    this.checkEnd();
    return 0;
  }

  /**
   * Closes the connection at once: whoever is parked on it gets a ConnClosedError. What was written (by writes that are done) is still sent, for a peer that reads it within
   * a few seconds; what was not read is dropped. Again it does nothing.
   */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watcher?.gone();
    this.readDeadline?.set(null);
    this.inflow.clear();
    this.closeWriting();
    this.failReads(new ConnClosedError());
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

  // What reads.ts asks.

  /** @internal */
  get isOver(): boolean {
    return this.isEnded || this.broken !== null;
  }

  /** Whether it can be said at once what a read, or a write, would give. @internal */
  canGoOn(isRead: boolean): boolean {
    if (isRead) return this.inflow.size > 0 || this.isOver || this.readDeadline?.isOver === true;
    return this.canWrite;
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
    if (this.broken !== null && !this.isEnded) throw traced(this.broken);
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
  failed(error: Error): void {
    this.broken = error;
    this.proceed();
    this.breakWriting(error);
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

  private get state(): string {
    if (this.closed) return "closed";
    return this.broken === null ? "open" : ((this.broken as { code?: string }).code ?? "broken");
  }

  override toString(): string {
    const ends = `${addressText(this.localAddr)} → ${addressText(this.remoteAddr)}`;
    return `Conn { ${ends}, ${this.state} }`;
  }

  toJSON(): object {
    return { localAddr: this.localAddr, remoteAddr: this.remoteAddr, state: this.state };
  }

  get [Symbol.toStringTag](): string {
    return "Conn";
  }
}

showAsText(Conn.prototype);
