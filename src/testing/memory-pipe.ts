/**
 * One connection of the in-memory network: two ends, and a pipe in each direction.
 *
 * Invariants of a pipe:
 *   I1  at most `window` bytes of it are with the network; what is left of a write stays with the writer, and is not looked at before there is room.
 *   I2  one piece arrives in one turn of the run queue, and only while its reader pulls; at a halt nothing is under way.
 *   I3  a timer of it is started only while its reader pulls, and what is due first is not yet.
 *   I4  a piece is never due before the one that was sent before it: a stream keeps its order, and all wait behind one that is late or was lost and is sent again.
 *
 * What happens "later" stands in the run queue, as a waiter of async code does: so nothing is called back inside a call, everything happens in one order, and a
 * program in virtual time is not at rest while bytes move.
 *
 * A break is the system's: what has arrived can still be read, what was under way is lost.
 */
import { Ring } from "../base/ring.ts";
import type { Address, Link, LinkEvents } from "../net/transport.ts";
import { now, startTimer, stopTimer, type Timed } from "../runtime/kernel.ts";
import { leave, type Runnable, readyOutside } from "../runtime/processor.ts";
import { systemError } from "./system-error.ts";

/** What a connection asks of its network whenever something moves. */
export interface Weather {
  /** How many bytes of one direction the network holds. */
  readonly window: number;
  /** How many bytes the next piece may have. */
  pieceSize(): number;
  /** How long the next piece, or the end of the stream, takes to the other end, in milliseconds. */
  transitMs(): number;
}

/** In a turn of the run queue of its own. */
export function later(what: () => void): void {
  readyOutside(new Later(what));
}

class Later implements Runnable {
  private readonly what: () => void;

  constructor(what: () => void) {
    this.what = what;
  }

  run(): void {
    leave();
    this.what();
  }
}

/** Nothing is due by then. */
const NOTHING = Number.NEGATIVE_INFINITY;

/** Bytes that the network holds; null is the end of the stream. */
interface Piece {
  readonly bytes: Uint8Array | null;
  readonly at: number;
}

/** One direction. */
class Pipe implements Timed {
  readonly quiet: boolean = false;
  place = -1;
  private readonly weather: Weather;
  private readonly from: End;
  private readonly to: End;
  private readonly pieces: Ring<Piece> = new Ring<Piece>(4);
  /** How many bytes are in `pieces`. */
  private held = 0;
  /** What the network has not taken yet of a write. */
  private rest: Uint8Array | null = null;
  /** Nothing more will be written; the end of the stream stands behind all there is. */
  private ending = false;
  private ended = false;
  /** The next piece stands in the run queue. */
  private asked = false;
  private lastAt = 0;

  constructor(weather: Weather, from: End, to: End) {
    this.weather = weather;
    this.from = from;
    this.to = to;
  }

  /** No bytes are left in it, however many are still to be taken. */
  get isEmpty(): boolean {
    return this.held === 0;
  }

  /** Takes what there is room for; whether that was all. */
  put(bytes: Uint8Array): boolean {
    if (this.rest !== null) throw new Error("memory transport: a write before the last one was drained");
    this.rest = bytes;
    this.fill();
    return this.rest === null;
  }

  /** The writer may use his bytes again: what is left of them is copied. */
  keep(): void {
    if (this.rest !== null) this.rest = new Uint8Array(this.rest);
  }

  /** What the network has not taken yet is not to be sent. */
  drop(): void {
    this.rest = null;
    this.fill();
  }

  finish(): void {
    if (this.ending) return;
    this.ending = true;
    this.fill();
  }

  /** The reader pulls: what comes first arrives now, or when it is due. */
  move(): void {
    const first = this.pieces.at(0);
    if (this.asked || first === undefined || !this.to.isListening) return;
    if (first.at > now()) {
      startTimer(this, first.at);
      return;
    }
    this.asked = true;
    later(() => this.arrive());
  }

  halt(): void {
    stopTimer(this);
  }

  /** The connection is broken: only the bytes that are due by `at` are left. */
  cut(at: number): void {
    this.rest = null;
    this.ended = true;
    stopTimer(this);
    this.held = 0;
    for (let n = this.pieces.size; n > 0; n--) {
      const piece = this.pieces.shift() as Piece;
      if (piece.at > at || piece.bytes === null) continue;
      this.held += piece.bytes.length;
      this.pieces.push(piece);
    }
    this.move();
  }

  fire(): void {
    this.move();
  }

  private arrive(): void {
    this.asked = false;
    const first = this.pieces.at(0);
    if (first === undefined || !this.to.isListening) return;
    if (first.bytes === null) {
      this.pieces.shift();
      this.to.events.ended();
      return;
    }
    const { bytes } = first;
    this.pieces.shift();
    this.held -= bytes.length;
    this.fill();
    this.to.events.data(bytes);
    this.move();
    this.to.checkBreak();
  }

  private fill(): void {
    const { rest } = this;
    const room = this.weather.window - this.held;
    if (rest !== null && (room > 0 || rest.length === 0)) {
      const size = Math.min(room, rest.length);
      // A copy: the writer may use its bytes again when they are taken, and not before.
      if (size > 0) this.send(new Uint8Array(rest.subarray(0, size)));
      this.held += size;
      this.rest = size === rest.length ? null : rest.subarray(size);
      if (this.rest === null) this.from.drained();
    }
    if (this.ending && !this.ended && this.rest === null) {
      this.ended = true;
      this.push(null);
    }
    this.move();
  }

  /** In pieces, each of which has its own fate. */
  private send(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + this.weather.pieceSize());
      this.push(bytes.subarray(from, to));
      from = to;
    }
  }

  private push(bytes: Uint8Array | null): void {
    // Nothing overtakes what was before it, also when the delay has become less.
    this.lastAt = Math.max(this.lastAt, now() + this.weather.transitMs());
    this.pieces.push({ bytes, at: this.lastAt });
  }
}

/** One end of a connection. */
export class End implements Link {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  events: LinkEvents = undefined as never;
  private peer: End = undefined as never;
  private incoming: Pipe = undefined as never;
  private outgoing: Pipe = undefined as never;
  private pulling = false;
  private closed = false;
  /** A write waits for drained(). */
  private owed = false;
  private broken: Error | null = null;
  private readonly onOver: (end: End) => void;

  /** `onOver`: it is closed, or has failed. */
  constructor(localAddr: Address, remoteAddr: Address, onOver: (end: End) => void) {
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
    this.onOver = onOver;
  }

  get isListening(): boolean {
    return this.pulling && !this.closed;
  }

  pull(): void {
    this.pulling = true;
    this.incoming.move();
    this.checkBreak();
  }

  halt(): void {
    this.pulling = false;
    this.incoming.halt();
  }

  write(data: Uint8Array | string): boolean {
    if (this.broken === null && this.peer.closed) this.broken = systemError("EPIPE", "write");
    if (this.broken !== null) {
      later(() => this.fail());
      return false;
    }
    const taken = this.outgoing.put(typeof data === "string" ? Buffer.from(data) : data);
    this.owed = !taken;
    return taken;
  }

  keep(): void {
    this.outgoing.keep();
  }

  finish(): void {
    this.outgoing.finish();
  }

  abort(): void {
    this.outgoing.drop();
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    const isRead = this.incoming.isEmpty;
    this.incoming.cut(NOTHING);
    this.onOver(this);
    if (isRead) this.outgoing.finish();
    // As the system does it: closed with bytes unread, the connection is reset. What the network has taken still arrives before that.
    else this.peer.breaks(systemError("ECONNRESET", "read"), Number.POSITIVE_INFINITY);
  }

  /** The connection is lost; both ends hear of it. */
  reset(at: number): void {
    for (const end of [this, this.peer]) end.breaks(systemError("ECONNRESET", "read"), at);
  }

  /** The connection breaks: what is due by `at` can still be read, and whoever writes hears at once. */
  breaks(error: Error, at: number): void {
    if (this.closed || this.broken !== null) return;
    this.broken = error;
    this.incoming.cut(at);
    if (this.owed) later(() => this.fail());
    else this.checkBreak();
  }

  /** Nothing is left to read before the break. */
  checkBreak(): void {
    if (this.broken !== null && this.isListening && this.incoming.isEmpty) later(() => this.fail());
  }

  drained(): void {
    if (!this.owed) return;
    this.owed = false;
    later(() => {
      if (!this.closed) this.events.drained();
    });
  }

  private fail(): void {
    if (this.closed || this.broken === null) return;
    this.closed = true;
    this.incoming.cut(NOTHING);
    this.onOver(this);
    this.events.failed(this.broken);
  }

  /** Connects two ends. */
  static join(weather: Weather, a: End, b: End): void {
    const there = new Pipe(weather, a, b);
    const back = new Pipe(weather, b, a);
    a.peer = b;
    a.outgoing = there;
    a.incoming = back;
    b.peer = a;
    b.outgoing = back;
    b.incoming = there;
  }
}
