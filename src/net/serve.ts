/**
 * serve: a goroutine per connection, on one core or on several.
 */
import { checkFunction } from "../base/errors.ts";
import { withCancel } from "../context/cancel.ts";
import { type Cancel, checkContext } from "../context/context.ts";
import { background } from "../context/roots.ts";
import { type Go, type Maker, maker } from "../runtime/kernel.ts";
import type { Op } from "../runtime/operation.ts";
import { WaitReason } from "../runtime/wait-reason.ts";
import { Boarding } from "../sync/flight.ts";
import type { Handler, ServeOptions } from "./accept.ts";
import { acceptingOnCores } from "./accept-on-cores.ts";
import { checkPortable } from "./cores.ts";
import { orRefused } from "./refused.ts";
import { checkCores, checkListen } from "./target.ts";
import { traced } from "./whence.ts";

const MORE_OPTIONS = ["cores", "ctx", "onListen", "onError"];

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
    const g = this.start(acceptingOnCores, this.options, this.handler, this.by, ctx);
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
 * With `cores` ("all", or a number) so many processors accept on the same port, each for itself, and `handler` is a portable function. Where the system or this Node cannot share a port, the core that called accepts alone, and says so once on
 * standard error.
 *
 * A handler's error closes its connection and is reported (`onError`, else standard error), and the server goes on.
 *
 * @throws as {@link listen}, NotAFunctionError (`GORT_NOT_A_FUNCTION`) and NotPortableError (`GORT_NOT_PORTABLE`); all when it is waited for
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
    checkServe(options, handler);
    return new Serve(options, handler, by);
  });
}

function checkServe({ cores, ctx, onListen, onError }: ServeOptions, handler: Handler): void {
  checkCores(cores);
  checkPortable(cores, handler);
  if (ctx !== undefined) checkContext("serve: ctx", ctx);
  if (onListen !== undefined) checkFunction("serve: onListen", onListen);
  if (onError !== undefined) checkFunction("serve: onError", onError);
}
