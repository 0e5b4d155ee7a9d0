/**
 * The goroutine that accepts connections, and starts one for each.
 *
 * Go: the accept loop of every server (net/http's Server.Serve). Differs: it ends with its context, and then closes its connections.
 */
import type { Context } from "../context/context.ts";
import { type Go, goFor, type Maker } from "../runtime/kernel.ts";
import type { Goroutine, Waiter } from "../runtime/operation.ts";
import type { Conn } from "./conn.ts";
import { listen } from "./listener.ts";
import type { Address, ListenTarget } from "./transport.ts";

/** What serves a connection: a generator function (fast), an async function or a plain one. The connection is closed when it has ended. */
export type Handler = (
  conn: Conn,
  ctx: Context,
) => Generator<unknown, unknown, unknown> | PromiseLike<unknown> | void;

/** What {@link serve} takes. */
export interface ServeOptions extends ListenTarget {
  /** On how many processors to accept (cores.ts): with more than one, `handler` is a portable function. The default is one. */
  readonly cores?: "all" | number | undefined;
  /** When it is over, the server ends. */
  readonly ctx?: Context | undefined;
  /** It listens: where. */
  readonly onListen?: ((addr: Address) => void) | undefined;
  /**
   * A handler has failed; the server goes on. Without it the error is printed to standard error.
   *
   * For a connection of another core, `conn` has its addresses (`localAddr`, `remoteAddr`) and nothing else: the connection is there.
   */
  readonly onError?: ((error: unknown, conn: Conn) => void) | undefined;
}

/** What the connections of one server share. */
class Server {
  readonly open: Set<Conn> = new Set();
  readonly ctx: Context;
  readonly handler: Handler;
  readonly by: Maker;
  private readonly onError: ServeOptions["onError"];

  constructor(ctx: Context, handler: Handler, by: Maker, onError: ServeOptions["onError"]) {
    this.ctx = ctx;
    this.handler = handler;
    this.by = by;
    this.onError = onError;
  }

  ended(conn: Conn, g: Go): void {
    this.open.delete(conn);
    conn.close();
    // One that was cut short by the end of the server is none to report.
    if (g.failed && this.ctx.err === undefined) this.report(g.value, conn);
  }

  /** In a goroutine of its own: it is the program's code. */
  private report(error: unknown, conn: Conn): void {
    const { onError } = this;
    if (onError !== undefined) {
      goFor(this.by, () => onError(error, conn), []);
      return;
    }
    const { inspect } = process.getBuiltinModule("node:util");
    process.stderr.write(`gort: a connection's handler failed: ${inspect(error)}\n`);
  }
}

/** A connection and its goroutine, whose end it waits for. */
class Handling implements Waiter {
  private readonly server: Server;
  private readonly conn: Conn;
  private readonly g: Go;

  constructor(server: Server, conn: Conn) {
    this.server = server;
    this.conn = conn;
    this.g = goFor(server.by, server.handler, [conn, server.ctx]);
    this.g.watch(this);
  }

  fire(): void {
    this.server.ended(this.conn, this.g);
  }
}

/** The goroutine that accepts. */
export function* accepting(options: ServeOptions, handler: Handler, by: Maker, ctx: Context): Goroutine {
  const { onListen, onError } = options;
  const server = new Server(ctx, handler, by, onError);
  const { port, host, path, backlog, tls, reusePort } = options;
  try {
    const listener = yield* ctx.wait(listen({ port, host, path, backlog, tls, reusePort }));
    try {
      onListen?.(listener.addr);
      for (;;) {
        const conn = yield* ctx.wait(listener.accept());
        server.open.add(conn);
        new Handling(server, conn);
      }
    } finally {
      listener.close();
    }
  } catch (error) {
    if (ctx.err === undefined) throw error;
  } finally {
    for (const conn of server.open) conn.close();
  }
}
