/**
 * A connection over a socket of Node's.
 *
 * It is paused until the first pull, and read in flowing mode from then on, which costs Node least: a `data` event per read of the system's, without a copy. A halt pauses it.
 *
 * Invariants of writing:
 *   I1  a write is with the kernel when the socket's own buffer is empty after it: Node tries to write at once. Else an empty write behind it says when it is, or that it never will be.
 *   I2  nothing here refers to the writer's bytes but `rest`, what is left of a long write: what Node is given is a copy (scratch.ts) or, over TLS, copied by it in the call.
 *   I3  after close() the socket is gone when the kernel has all, and after `linger.ms` in any case.
 */

import type { IncomingMessage } from "node:http";
import { constants } from "node:os";
import { ConnClosedError } from "../base/errors.ts";
import { gather } from "../runtime/kernel.ts";
import { LONGEST, scratch } from "./scratch.ts";
import type { Address, Link, LinkEvents } from "./transport.ts";
import { detached } from "./write.ts";

/** What node-transport.ts makes: nothing else imports node:net. */
type Socket = IncomingMessage["socket"];

/** How long a closed connection may take to send what was written (SEAM: tests wait less). */
export const linger: { ms: number } = { ms: 5000 };

const linkKey = Symbol("gort.link");

/** A socket's listeners are the same functions for all sockets, which find its link here: closures for each would be a tenth of an idle connection's memory. */
type Linked = Socket & { [linkKey]: NodeLink };

function onData(this: Linked, chunk: Buffer): void {
  this[linkKey].data(chunk);
}

function onEnd(this: Linked): void {
  this[linkKey].sawEnd();
}

function onError(this: Linked, error: Error): void {
  this[linkKey].failed(error);
}

function onClose(this: Linked): void {
  this[linkKey].gone();
}

export class NodeLink implements Link {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  events: LinkEvents = undefined as never;
  private readonly socket: Socket;
  /** One that is ended in the very callback of its last write ends before what it has encrypted is sent (Node 20; 4 % of streams of 400 KB both ways): it is ended a turn later. */
  private readonly isTls: boolean;
  private attached = false;
  private over = false;
  /** The system's error came before anybody listened. */
  private early: Error | null = null;
  /** What is left of a write that is handed over in pieces. */
  private rest: Uint8Array | null = null;
  /** What is to be done to the socket when `rest` has been handed over. */
  private afterRest: "end" | "close" | null = null;

  constructor(socket: Socket, localAddr: Address, remoteAddr: Address) {
    this.socket = socket;
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
    this.isTls = (socket as { encrypted?: unknown }).encrypted === true;
    (socket as Linked)[linkKey] = this;
    socket.pause();
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  pull(): void {
    if (!this.attached) this.attach();
    if (this.early !== null) {
      const { early } = this;
      this.early = null;
      setImmediate(() => this.failed(early));
      return;
    }
    this.socket.resume();
  }

  halt(): void {
    this.socket.pause();
  }

  write(data: Uint8Array | string): boolean {
    if (!this.attached) this.attach();
    const { socket } = this;
    if (socket.destroyed) {
      setImmediate(() => this.failed(this.early ?? brokenPipe()));
      return false;
    }
    if (typeof data === "string" || this.isTls) socket.write(data);
    else if (data.length <= LONGEST) socket.write(scratch.copy(data));
    else return this.writeLong(data);
    // When it has failed at once, `error` follows.
    if (socket.writableLength === 0) return socket.errored === null;
    if (typeof data !== "string" && !this.isTls) scratch.lose(data.length);
    this.awaitTaken();
    return false;
  }

  keep(): void {
    if (this.rest !== null) this.rest = new Uint8Array(this.rest);
  }

  finish(): void {
    const { socket } = this;
    if (this.isTls) setImmediate(() => socket.end());
    else if (this.rest !== null) this.afterRest = "end";
    else socket.end();
  }

  close(): void {
    this.over = true;
    const { socket } = this;
    if (socket.destroyed) return;
    // What the kernel has not taken yet is still sent; else there is nothing to wait for.
    if (this.isTls) setImmediate(() => socket.destroySoon());
    else if (this.rest !== null) this.afterRest = "close";
    else if (socket.writableLength === 0) socket.destroy();
    else socket.destroySoon();
    if (!socket.destroyed) this.limit();
  }

  abort(): void {
    this.over = true;
    this.socket.destroy();
  }

  /** Nobody can be told any more of a peer that takes nothing: its socket is not kept for ever. */
  private limit(): void {
    const { socket } = this;
    const timer = setTimeout(() => socket.destroy(), linger.ms);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  }

  /** Piece by piece, as long as the kernel takes them: so what a slow peer leaves here is a copy, and small. */
  private writeLong(data: Uint8Array): boolean {
    const { socket } = this;
    for (let from = 0; from < data.length; from += LONGEST) {
      const piece = data.subarray(from, from + LONGEST);
      socket.write(scratch.copy(piece));
      if (socket.errored !== null) return false;
      if (socket.writableLength > 0) {
        scratch.lose(piece.length);
        if (from + LONGEST < data.length) this.rest = data.subarray(from + LONGEST);
        this.awaitTaken();
        return false;
      }
    }
    return true;
  }

  private awaitTaken(): void {
    this.socket.write("", (error) => this.taken(error));
  }

  /** The kernel has all that was handed over; or never will. */
  private taken(error: Error | null | undefined): void {
    if (error != null) {
      // As a rule the socket says why: first. What comes here of one that was destroyed before is no error of the system's.
      setImmediate(() => this.failed(isSystems(error) ? error : brokenPipe()));
      return;
    }
    const { rest, socket } = this;
    if (rest !== null) {
      this.rest = null;
      if (rest.length === 0) {
        // Half a write: nothing sensible can follow it.
        this.failed(detached());
        socket.destroy();
        return;
      }
      const isTaken = this.writeLong(rest);
      if (this.rest === null && this.afterRest !== null) {
        if (this.afterRest === "end") socket.end();
        else socket.destroySoon();
      }
      if (!isTaken) return;
    }
    if (!this.over) this.events.drained();
  }

  private attach(): void {
    this.attached = true;
    const { socket } = this;
    socket.on("data", onData);
    socket.on("end", onEnd);
    // TLS reads in its own way, and may have come to the end before anybody asked.
    if (socket.readableEnded && this.early === null) setImmediate(() => this.ended());
  }

  data(chunk: Uint8Array): void {
    if (this.over) return;
    gather(true);
    try {
      this.events.data(chunk);
    } finally {
      gather(false);
    }
  }

  /**
   * A reset that stands right behind bytes reads as the end of the stream (libuv). TCP tells the difference to who writes, nothing as well: ECONNRESET. EPIPE is
   * a reset that came after the end.
   */
  sawEnd(): void {
    const { socket } = this;
    if (this.over || this.isTls || "path" in this.remoteAddr || !socket.writable) {
      this.ended();
    } else if (socket.writableLength > 0) {
      setImmediate(() => this.ended()); // A write that cannot go on says so first.
    } else {
      socket.write("", (error) => {
        if ((error as { code?: unknown } | null | undefined)?.code !== "ECONNRESET") this.ended();
      });
    }
  }

  private ended(): void {
    if (!this.over) this.events.ended();
  }

  /** The socket is destroyed. Without an error and without the end of the stream: the other side of a TLS connection is gone. */
  gone(): void {
    if (!this.socket.readableEnded) this.failed(new ConnClosedError("connection closed by the peer"));
  }

  failed(error: Error): void {
    if (this.over) return;
    if (this.attached) {
      this.over = true;
      this.events.failed(error);
    } else {
      this.early ??= error;
    }
  }
}

/** What the system says of a write to a peer that is gone. */
function brokenPipe(): Error {
  const { EPIPE } = constants.errno;
  return Object.assign(new Error("write EPIPE"), { errno: -EPIPE, code: "EPIPE", syscall: "write" });
}

function isSystems(error: Error): boolean {
  return "syscall" in error || String((error as { code?: unknown }).code).startsWith("ERR_SSL");
}
