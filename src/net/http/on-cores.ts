/**
 * An HTTP server on several cores: one on each, all on one port, closed together.
 */
import type { SharedChan } from "../../chan/flavors/shared.ts";
import { contextAfterFunc } from "../../context/after-func.ts";
import { withCancel } from "../../context/cancel.ts";
import { type Cancel, type Context, checkContext } from "../../context/context.ts";
import { background } from "../../context/roots.ts";
import type { Go, Handle } from "../../runtime/kernel.ts";
import type { Goroutine, Op } from "../../runtime/operation.ts";
import { WaitReason } from "../../runtime/wait-reason.ts";
import { Boarding } from "../../sync/flight.ts";
import type { Report } from "../cores.ts";
import { orRefused } from "../refused.ts";
import type { Address } from "../transport.ts";
import type { Server } from "./server.ts";

/** What it is closed by, on all cores: `closing` is over when it begins to close, `limit` when it waits no longer. */
export interface Ends {
  readonly closing: Context;
  readonly close: Cancel;
  readonly limit: Context;
  readonly cut: Cancel;
}

export function ends(): Ends {
  const [closing, close] = withCancel(background());
  const [limit, cut] = withCancel(background());
  return { closing, close, limit, cut };
}

/** The server here, and those of the other cores. */
export class CoresServer implements Server {
  readonly addr: Address;
  private readonly own: Server;
  private readonly shares: readonly Handle<void>[];
  private readonly ends: Ends;
  private readonly errors: SharedChan<Report> | null;

  constructor(own: Server, shares: readonly Handle<void>[], both: Ends, errors: SharedChan<Report> | null) {
    this.addr = own.addr;
    this.own = own;
    this.shares = shares;
    this.ends = both;
    this.errors = errors;
  }

  close(ctx?: Context): Op<void> {
    return orRefused(() => {
      if (ctx !== undefined) checkContext("server.close: ctx", ctx);
      return new CloseAll(this, ctx);
    });
  }

  /** @internal */
  *closeAll(ctx: Context | undefined): Goroutine {
    this.ends.close();
    const forget = ctx === undefined ? null : contextAfterFunc(ctx, () => this.ends.cut());
    try {
      yield* this.own.close(ctx);
    } finally {
      for (const share of this.shares) yield* share;
      forget?.();
      if (this.errors?.closed === false) this.errors.close();
    }
  }

  get [Symbol.toStringTag](): string {
    return "Server";
  }
}

class CloseAll extends Boarding<void> {
  private readonly server: CoresServer;
  private readonly ctx: Context | undefined;

  constructor(server: CoresServer, ctx: Context | undefined) {
    super();
    this.server = server;
    this.ctx = ctx;
  }

  override get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  poll(): boolean {
    return false;
  }

  protected board(): Go {
    const { server, ctx } = this;
    const g = this.start(() => server.closeAll(ctx));
    g.observe(); // Its end is nobody's when this has lost.
    return g;
  }

  protected land(): undefined {}
}
