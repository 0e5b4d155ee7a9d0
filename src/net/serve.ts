/**
 * serve: a goroutine per connection.
 *
 * Go: the accept loop of every server (net/http's Server.Serve). Differs: it ends with its context, and then closes its connections.
 */
import { checkFunction } from "../base/errors.ts";
import { withCancel } from "../context/cancel.ts";
import { type Cancel, type Context, checkContext } from "../context/context.ts";
import { background } from "../context/roots.ts";
import { type Go, goFor, type Maker, maker } from "../runtime/kernel.ts";
import type { Goroutine, Op, Waiter } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Boarding } from "../sync/flight.ts";
import type { Conn } from "./conn.ts";
import { listen } from "./listener.ts";
import { orRefused } from "./refused.ts";
import { checkCores, checkListen } from "./target.ts";
import type { Address, ListenTarget } from "./transport.ts";
import { traced } from "./whence.ts";

/** What serves a connection: a generator function (fast), an async function or a plain one. The connection is closed when it has ended. */
export type Handler = (
  conn: Conn,
  ctx: Context,
) => Generator<unknown, unknown, unknown> | PromiseLike<unknown> | void;

/** What {@link serve} takes. */
export interface ServeOptions extends ListenTarget {
  /** On how many processors to accept; one so far, whatever is asked for. */
  readonly cores?: "all" | number | undefined;
  /** When it is over, the server ends. */
  readonly ctx?: Context | undefined;
  /** It listens: where. */
  readonly onListen?: ((addr: Address) => void) | undefined;
  /** A handler has failed; the server goes on. Without it the error is printed to standard error. */
  readonly onError?: ((error: unknown, conn: Conn) => void) | undefined;
}

const MORE_OPTIONS = ["cores", "ctx", "onListen", "onError"];

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
function* serving(options: ServeOptions, handler: Handler, by: Maker, ctx: Context): Goroutine {
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

class Serve extends Boarding<void> {
  private readonly options: ServeOptions;
  private readonly handler: Handler;
  private readonly by: Maker;
  private stop: Cancel | null = null;

  constructor(options: ServeOptions, handler: Handler, by: Maker) {
    super();
    this.options = options;
    this.handler = handler;
    this.by = by;
  }

  override get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  poll(): boolean {
    return false;
  }

  override failure(): unknown {
    return traced(super.failure());
  }

  override toString(): string {
    return "this serve operation";
  }

  protected board(): Go {
    const [ctx, stop] = withCancel(this.options.ctx ?? background());
    this.stop = stop;
    const g = this.start(serving, this.options, this.handler, this.by, ctx);
    g.observe(); // Its end is nobody's when this has lost.
    return g;
  }

  protected land(): undefined {}

  override dequeue(): void {
    super.dequeue();
    this.stop?.();
  }

  /** The server has ended. */
  override fire(): void {
    this.stop?.();
    super.fire();
  }
}

/**
 * Listens, and runs `handler` in a goroutine of its own for each connection; closes the connection when that has ended. Done when `ctx` is over: then it listens no more,
 * and its connections are closed, so that whoever is parked on one is woken.
 *
 * A handler's error closes its connection and is reported (`onError`, else standard error), and the server goes on.
 *
 * @throws as {@link listen}, and NotAFunctionError (`GORT_NOT_A_FUNCTION`); all when it is waited for
 * @example
 * ```ts
 * yield* serve({ port: 8080, ctx }, function* (conn) {
 *   for (const line = range(conn.lines()); yield* line.next(); ) yield* conn.write(`${line.value}\n`);
 * });
 * ```
 */
export function serve(options: ServeOptions, handler: Handler): Op<void> {
  const by = maker(serve as never);
  return orRefused(() => {
    checkListen("serve", options, MORE_OPTIONS);
    checkFunction("serve", handler);
    checkServe(options);
    return new Serve(options, handler, by);
  });
}

function checkServe({ cores, ctx, onListen, onError }: ServeOptions): void {
  checkCores(cores);
  if (ctx !== undefined) checkContext("serve: ctx", ctx);
  if (onListen !== undefined) checkFunction("serve: onListen", onListen);
  if (onError !== undefined) checkFunction("serve: onError", onError);
}
