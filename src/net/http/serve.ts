/**
 * serve: an HTTP server with a goroutine per request, over node:http and node:https.
 *
 * Go: net/http's ListenAndServe. Differs: it gives the server when that listens.
 */
import {
  createServer,
  type IncomingMessage,
  type Server as NodeServer,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import { checkFunction, describe, InvalidOptionError } from "../../base/errors.ts";
import type { SharedChan } from "../../chan/flavors/shared.ts";
import { contextAfterFunc } from "../../context/after-func.ts";
import { type Context, checkContext } from "../../context/context.ts";
import { background } from "../../context/roots.ts";
import { ownPortable } from "../../portable/registry.ts";
import { enterHost, type Go, hostOnly, leaveHost, type Maker, maker } from "../../runtime/kernel.ts";
import { BasicOperation, type Goroutine, type Op, type Operation } from "../../runtime/operation.ts";
import { WaitReason } from "../../runtime/wait-reason.ts";
import { Boarding } from "../../sync/flight.ts";
import {
  checkPortable,
  handlerOf,
  keyOfHandler,
  others,
  type Report,
  reporter,
  reports,
  sharedTarget,
  shareOut,
  type Target,
} from "../cores.ts";
import { orRefused } from "../refused.ts";
import { settle } from "../settle.ts";
import { checkCores, checkListen } from "../target.ts";
import { addressOf, type ListenTarget, TCP_OPTIONS } from "../transport.ts";
import { traced } from "../whence.ts";
import { CoresServer, ends } from "./on-cores.ts";
import { HttpServer, type Server } from "./server.ts";

/** Serves a request as a goroutine: a generator function, which is the fast kind. A response that it has not ended is ended when it returns. */
export type GoroutineHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  ctx: Context,
) => Goroutine<unknown>;

/** Serves a request as an async function. A response that it has not ended is ended when its promise is settled. */
export type AsyncHandler = (req: IncomingMessage, res: ServerResponse, ctx: Context) => PromiseLike<unknown>;

/** What {@link serve} takes. */
export interface ServeOptions extends ListenTarget {
  /** On how many processors to accept: with more than one, `handler` is a portable function. The default is one. */
  readonly cores?: "all" | number | undefined;
  /** The requests' contexts are derived from it; when it is over, the server closes. The default is the background. */
  readonly ctx?: Context | undefined;
  /**
   * A handler has failed; the server goes on. Without it the error is printed to standard error. Not called for a handler that throws its request's `ctx.err`.
   *
   * For a request of another core, `req` has its `method` and `url` and nothing else: the request is there.
   */
  readonly onError?: ((error: unknown, req: IncomingMessage) => void) | undefined;
  /** Options of `http.createServer`: `requestTimeout`, `keepAliveTimeout`, `maxHeaderSize`, … */
  readonly http?: ServerOptions | undefined;
}

const MORE_OPTIONS = ["cores", "ctx", "onError", "http"];

type AnyHandler = (req: IncomingMessage, res: ServerResponse, ctx: Context) => unknown;

class Serve extends BasicOperation<Server> {
  private readonly options: ServeOptions;
  private readonly handler: AnyHandler;
  private readonly by: Maker;
  private server: NodeServer | null = null;
  private isOver = false;

  constructor(options: ServeOptions, handler: AnyHandler, by: Maker) {
    super();
    this.options = options;
    this.handler = handler;
    this.by = by;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  override failure(): unknown {
    return traced(this.value);
  }

  override toString(): string {
    return "this serve operation";
  }

  poll(): boolean {
    return false;
  }

  enqueue(): void {
    enterHost();
    try {
      this.server = this.listen();
    } catch (error) {
      // A certificate that is none, say. Nothing is completed inside the call that began it.
      setImmediate(() => this.failed(error));
    }
  }

  dequeue(): void {
    leaveHost();
    this.isOver = true;
    this.server?.close();
  }

  private listen(): NodeServer {
    const { port = 0, host, path, backlog, reusePort, tls, http, ctx, onError } = this.options;
    const { handler, by } = this;
    const server =
      tls === undefined
        ? createServer({ ...TCP_OPTIONS, ...http })
        : createSecureServer({ ...TCP_OPTIONS, ...http, ...tls });
    server.on("error", (error) => this.failed(error));
    const place = path === undefined ? { port, host } : { path };
    server.listen({ ...place, backlog, ...(reusePort === undefined ? null : { reusePort }) }, () => {
      if (this.isOver) return;
      this.isOver = true;
      this.value = new HttpServer(server, addressOf(server), {
        handler,
        by,
        isSecure: tls !== undefined,
        ctx,
        onError,
      });
      settle(this as Operation<unknown>);
    });
    return server;
  }

  /** It could not listen. */
  private failed(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    settle(this as Operation<unknown>, error);
  }
}

/**
 * Listens, and runs `handler` in a goroutine of its own for each request; `req` and `res` are those of node:http. Waits until it listens, and gives the server; the
 * handlers run from then on, until {@link Server.close} or the end of `ctx`.
 *
 * The request's context is over when its client has gone away (its cause is a RequestAbortedError), when the server's is, and when the handler has ended. A response that
 * the handler has not ended is ended when it returns. A handler's error is answered with 500 if no head has been sent, else the connection is closed; it is reported
 * (`onError`, else standard error), and the server goes on.
 *
 * @param options - `port` (0, the default, is any free one) and `host` (the default is every address), or the `path` of a Unix socket; `backlog`; `tls`: options of
 *   `https.createServer` (`key`, `cert`, …); `http`: options of `http.createServer`; `ctx`; `onError`
 * @param handler - a generator function (fast), an async function or a plain one
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`), InvalidNumberError (`GORT_INVALID_NUMBER`), InvalidContextError (`GORT_INVALID_CONTEXT`),
 *   NotAFunctionError (`GORT_NOT_A_FUNCTION`), the system's error (`code` EADDRINUSE, EACCES, …), or `ctx.err`; all when it is waited for
 * @example
 * ```ts
 * const server = yield* serve({ port: 8080 }, function* (req, res) {
 *   yield* sleep(10);
 *   res.end(`hello from ${req.url}\n`);
 * });
 * ```
 *
 * Go: http.ListenAndServe, http.Server.
 */
export function serve(options: ServeOptions, handler: GoroutineHandler): Op<Server>;
export function serve(options: ServeOptions, handler: AsyncHandler): Op<Server>;
export function serve<R>(
  options: ServeOptions,
  handler: (
    req: IncomingMessage,
    res: ServerResponse,
    ctx: Context,
  ) => R extends Generator<unknown, unknown, unknown> ? never : R,
): Op<Server>;
export function serve(options: ServeOptions, handler: AnyHandler): Op<Server> {
  const by = maker(serve as never);
  return orRefused<Server>(() => {
    checkServe(options, handler);
    hostOnly("http.serve");
    const { ctx } = options;
    const places = others(options.cores, options);
    const op =
      places.length === 0 ? new Serve(options, handler, by) : new ServeOnCores(options, handler, by, places);
    return ctx === undefined ? op : ctx.wait(op);
  });
}

/** What another core runs. */
const share = ownPortable(
  "gort/http serve",
  function* (
    target: Target,
    http: ServerOptions,
    key: string,
    ctx: Context,
    closing: Context,
    limit: Context,
    errors: SharedChan<Report> | null,
  ): Goroutine {
    const handler = (yield* handlerOf(key)) as AnyHandler;
    const onError = reporter(errors, ({ method, url }: IncomingMessage) => ({
      method,
      url,
    }));
    const options = { ...target, reusePort: true, http, ctx, onError: onError as never };
    const server = yield* new Serve(options, handler, maker(serve as never));
    yield* closing.done();
    yield* server.close(limit);
  },
);

class ServeOnCores extends Boarding<Server> {
  private readonly options: ServeOptions;
  private readonly handler: AnyHandler;
  private readonly by: Maker;
  private readonly places: readonly number[];
  private readonly ends = ends();

  constructor(options: ServeOptions, handler: AnyHandler, by: Maker, places: readonly number[]) {
    super();
    this.options = options;
    this.handler = handler;
    this.by = by;
    this.places = places;
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

  protected board(): Go {
    const g = this.start(() => this.listening());
    g.observe();
    return g;
  }

  protected land(server: unknown): Server {
    return server as Server;
  }

  /** When it has lost, the servers are closed as soon as they are there. */
  override dequeue(): void {
    super.dequeue();
    this.ends.close();
    this.ends.cut();
  }

  private *listening(): Goroutine<Server> {
    const { options, handler, by, places } = this;
    const { closing, limit } = this.ends;
    const errors = reports(options.onError as never, by);
    const ctx = options.ctx ?? background();
    const own = yield* new Serve({ ...options, reusePort: true }, handler, by);
    // When the server's context is over it closes, on every core.
    contextAfterFunc(ctx, () => this.ends.close());
    const shares = shareOut(
      places,
      share as never,
      [
        sharedTarget(options, own.addr),
        options.http ?? {},
        keyOfHandler(handler),
        ctx,
        closing,
        limit,
        errors,
      ],
      closing,
    );
    const server = new CoresServer(own, shares, this.ends, errors);
    if (closing.err !== undefined) yield* server.closeAll(limit);
    return server;
  }
}

function checkServe(options: ServeOptions, handler: AnyHandler): void {
  checkListen("serve", options, MORE_OPTIONS);
  checkFunction("serve", handler);
  const { cores, ctx, onError, http } = options;
  checkCores(cores);
  checkPortable(cores, handler);
  if (onError !== undefined) checkFunction("serve: onError", onError);
  if (http !== undefined && (typeof http !== "object" || http === null)) {
    throw new InvalidOptionError(
      `serve: http is an object of options as for http.createServer, got ${describe(http)}`,
    );
  }
  if (ctx !== undefined) checkContext("serve: ctx", ctx);
}
