/**
 * A listening HTTP server, and its end.
 *
 * Closing: it listens no more, connections without a request are closed at once, and each of the others when what is under way on it is done. It is closed when the last
 * connection is, and the last handler has ended.
 *
 * Node's own `close` also destroys connections whose response has been ended and not yet been sent; that part of it is replaced.
 *
 * Go: net/http's Server.Shutdown. Differs: handlers whose client has gone are waited for, too; what is left when the context ends is closed, as Server.Close does.
 */
import type { IncomingMessage, Server as NodeServer, ServerResponse } from "node:http";
import { contextAfterFunc } from "../../context/after-func.ts";
import { withCancel } from "../../context/cancel.ts";
import { type Cancel, type Context, checkContext } from "../../context/context.ts";
import { background } from "../../context/roots.ts";
import { type Go, goFor, type Maker } from "../../runtime/kernel.ts";
import type { Op } from "../../runtime/operation.ts";
import { orRefused } from "../refused.ts";
import { addressText, showAsText } from "../shown.ts";
import type { Address } from "../transport.ts";
import { Close, type Closing } from "./close.ts";
import { Connection, Exchange, type Host, type Socket } from "./connection.ts";

/** A running HTTP server. Go: http.Server. */
export interface Server {
  /** Where it listens; the port is the real one when 0 was asked for. */
  readonly addr: Address;
  /**
   * Accepts no more, closes idle connections, and waits for the running requests: done when all handlers have ended and all connections are closed. Requests that come on
   * a connection meanwhile are not served.
   *
   * It may be called again, and waits as well. One that loses its select goes on closing.
   *
   * @param ctx - when it ends first, the connections that are left are destroyed, and `ctx.err` is thrown
   * @throws InvalidContextError (`GORT_INVALID_CONTEXT`) for what is no context
   *
   * Go: Server.Shutdown, and Server.Close when the context ends.
   */
  close(ctx?: Context): Op<void>;
}

export interface Settings {
  readonly handler: (req: IncomingMessage, res: ServerResponse, ctx: Context) => unknown;
  /** Who called serve. */
  readonly by: Maker;
  readonly isSecure: boolean;
  readonly ctx: Context | undefined;
  readonly onError: ((error: unknown, req: IncomingMessage) => void) | undefined;
}

export class HttpServer implements Server, Host, Closing {
  readonly addr: Address;
  private readonly server: NodeServer;
  private readonly settings: Settings;
  /** What the requests' contexts are derived from. */
  private readonly base: Context;
  private readonly detach: Cancel | null = null;
  private readonly forget: () => boolean;
  private readonly connections: Map<Socket, Connection> = new Map();
  /** With TLS: the sockets below the connections, and those of which no connection has come yet. */
  private readonly raw: Set<Socket> = new Set();
  private readonly closers: Set<Close> = new Set();
  /** Handlers that have not ended. */
  private running = 0;
  private isClosing = false;
  /** The last connection is closed. */
  isShut = false;

  /** `server` listens at `addr`, from this very moment. */
  constructor(server: NodeServer, addr: Address, settings: Settings) {
    this.server = server;
    this.addr = addr;
    this.settings = settings;
    this.base = background();
    if (settings.ctx !== undefined) [this.base, this.detach] = withCancel(settings.ctx);
    server.closeIdleConnections = () => {};
    if (settings.isSecure) {
      server.on("connection", (socket: Socket) => {
        this.raw.add(socket);
        socket.once("close", () => this.raw.delete(socket));
      });
    }
    server.on(settings.isSecure ? "secureConnection" : "connection", (socket: Socket) => this.open(socket));
    server.on("request", (req: IncomingMessage, res: ServerResponse) => {
      const connection = this.connections.get(req.socket);
      // One that is closing has told the client, or will: it may ask again elsewhere.
      if (connection !== undefined && !this.isClosing) new Exchange(this, connection, this.base, req, res);
    });
    this.forget = contextAfterFunc(this.base, () => this.shut());
  }

  close(ctx?: Context): Op<void> {
    return orRefused(() => {
      if (ctx !== undefined) checkContext("server.close: ctx", ctx);
      return new Close(this, ctx);
    });
  }

  private open(socket: Socket): void {
    const connection = new Connection(socket, this);
    this.connections.set(socket, connection);
    socket.once("close", () => {
      this.connections.delete(socket);
      connection.gone();
    });
  }

  // What connection.ts asks.

  start(req: IncomingMessage, res: ServerResponse, ctx: Context): Go {
    this.running++;
    return goFor(this.settings.by, this.settings.handler as never, [req, res, ctx]);
  }

  ended(): void {
    this.running--;
    if (this.isClosing) this.settle();
  }

  report(error: unknown, req: IncomingMessage): void {
    const { onError } = this.settings;
    if (onError !== undefined) {
      // In a goroutine of its own: it is the program's code.
      goFor(this.settings.by, onError as never, [error, req]);
      return;
    }
    const { inspect } = process.getBuiltinModule("node:util");
    process.stderr.write(`gort: the handler of ${req.method} ${req.url} failed: ${inspect(error)}\n`);
  }

  rests({ socket }: Connection): void {
    if (this.isClosing) socket.destroySoon();
  }

  // What close.ts asks.

  get isClosed(): boolean {
    return this.isShut && this.running === 0;
  }

  shut(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.forget();
    this.server.close(() => {
      this.isShut = true;
      this.detach?.();
      for (const closer of this.closers) closer.shut();
      this.settle();
    });
    this.endHandshakes();
    for (const connection of this.connections.values()) {
      if (connection.isIdle) connection.socket.destroy();
      else connection.announceEnd();
    }
  }

  destroy(): void {
    for (const socket of this.connections.keys()) socket.destroy();
    for (const socket of this.raw) socket.destroy();
  }

  enter(closer: Close): void {
    this.closers.add(closer);
  }

  leave(closer: Close): void {
    this.closers.delete(closer);
  }

  private settle(): void {
    if (!this.isClosed) return;
    for (const closer of this.closers) {
      this.closers.delete(closer);
      closer.finish();
    }
  }

  /** A client that has begun a TLS connection and never gone on would hold the server for ever. */
  private endHandshakes(): void {
    const peers = new Set([...this.connections.keys()].map(peerOf));
    for (const socket of this.raw) if (!peers.has(peerOf(socket))) socket.destroy();
  }

  private get state(): string {
    if (this.isClosed) return "closed";
    return this.isClosing ? "closing" : "open";
  }

  toString(): string {
    return `Server { ${addressText(this.addr)}, ${this.state} }`;
  }

  toJSON(): object {
    return { addr: this.addr, state: this.state };
  }

  get [Symbol.toStringTag](): string {
    return "Server";
  }
}

showAsText(HttpServer.prototype);

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
