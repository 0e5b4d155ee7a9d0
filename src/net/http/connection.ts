/**
 * A client's connection and the requests on it.
 *
 * There is one listener a connection and none a request: who goes away is known by the connection's end, and a response that the kernel has taken when its handler ends
 * needs nobody to wait for it.
 *
 * Invariants:
 *   I1  an exchange is in its connection's list from its arrival until its handler has ended and its response is with the kernel, or the connection is closed; oldest first.
 *   I2  a request's context is over when its handler has ended.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { alone, join, left, served, type Waiting } from "../../base/waitq.ts";
import { CancelCtx } from "../../context/cancel.ts";
import type { Context } from "../../context/context.ts";
import { Ending } from "../../context/ending.ts";
import type { Go } from "../../runtime/kernel.ts";
import type { Waiter } from "../../runtime/operation.ts";
import { RequestAbortedError } from "./errors.ts";

/** A client's socket; `node:net` itself is behind the transport. */
export type Socket = IncomingMessage["socket"];

/** What an exchange needs of its server. */
export interface Host {
  /** Runs the handler in a goroutine of its own. */
  start(req: IncomingMessage, res: ServerResponse, ctx: Context): Go;
  /** The handler has ended. */
  ended(): void;
  /** A handler has failed. */
  report(error: unknown, req: IncomingMessage): void;
  /** Nothing is under way on a connection any more. */
  rests(connection: Connection): void;
}

export class Connection {
  readonly socket: Socket;
  private readonly host: Host;
  private requests: Exchange | null = null;
  isGone = false;

  constructor(socket: Socket, host: Host) {
    this.socket = socket;
    this.host = host;
  }

  /** No request is under way. */
  get isIdle(): boolean {
    return this.requests === null;
  }

  enter(exchange: Exchange): void {
    if (this.requests === null) this.requests = alone(exchange);
    else join(this.requests, exchange);
  }

  leave(exchange: Exchange): void {
    if (this.isGone) return;
    this.requests = left(this.requests as Exchange, exchange);
    if (this.requests === null) this.host.rests(this);
  }

  /** It will be closed when what is under way is done: the last response says so, if its head has not been sent. */
  announceEnd(): void {
    const { res } = (this.requests as Exchange).before as Exchange;
    if (!res.headersSent) res.setHeader("connection", "close");
  }

  /** It is closed. */
  gone(): void {
    this.isGone = true;
    for (let first = this.requests; first !== null; first = this.requests) {
      this.requests = served(first);
      first.abandoned();
    }
  }
}

/** A request and its response. */
export class Exchange implements Waiter, Waiting<Exchange> {
  readonly res: ServerResponse;
  private readonly req: IncomingMessage;
  private readonly host: Host;
  private readonly connection: Connection;
  private readonly ctx: CancelCtx;
  private readonly g: Go;
  before: Exchange | null = null;
  behind: Exchange | null = null;

  constructor(host: Host, connection: Connection, base: Context, req: IncomingMessage, res: ServerResponse) {
    this.host = host;
    this.connection = connection;
    this.req = req;
    this.res = res;
    this.ctx = new CancelCtx(base, "http.Request");
    connection.enter(this);
    this.g = host.start(req, res, this.ctx);
    this.g.watch(this);
  }

  /** The handler has ended. */
  fire(): void {
    const { g, req, res, connection } = this;
    if (g.failed) {
      this.fail(g.value);
    } else if (!res.writableEnded) {
      try {
        res.end();
      } catch (error) {
        this.fail(error); // A status or header that cannot be sent shows only now.
      }
    }
    // Node itself drops the rest of a body only if none of it has been read; the next request is behind it.
    if (!req.complete) req.resume();
    this.ctx.cancel(new Ending(false));
    if (res.writableFinished || connection.isGone) connection.leave(this);
    else res.once("close", () => connection.leave(this));
    this.host.ended();
  }

  /** The connection is closed. */
  abandoned(): void {
    if (this.ctx.ending === null) {
      this.ctx.cancel(new Ending(false, new RequestAbortedError(this.connection.socket.errored)));
    }
  }

  private fail(error: unknown): void {
    const { res } = this;
    if (!this.isCutShort(error)) this.host.report(error, this.req);
    if (res.writableEnded) return;
    if (res.headersSent || !answered500(res)) this.destroy();
  }

  /** A handler that was told to stop, and did, is none to report. */
  private isCutShort(error: unknown): boolean {
    const { ctx, connection } = this;
    if (error instanceof RequestAbortedError && connection.socket.destroyed) return true;
    return ctx.ending !== null && (error === ctx.err || error === ctx.ending.cause);
  }

  /** The client has part of a response that will never be whole: closing the connection tells it. Responses that are due before this one are sent. */
  private destroy(): void {
    const { res, connection } = this;
    if (res.socket !== null || connection.isGone) connection.socket.destroy();
    else res.once("socket", (socket: Socket) => socket.destroy());
  }
}

/** Answers 500 in place of what the handler had in mind; false when that cannot be. */
function answered500(res: ServerResponse): boolean {
  try {
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    res.statusMessage = "";
    const body = "Internal Server Error\n";
    res.writeHead(500, { "content-type": "text/plain; charset=utf-8", "content-length": body.length });
    res.end(body);
    return true;
  } catch {
    return false;
  }
}
