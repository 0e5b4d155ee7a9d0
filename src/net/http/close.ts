/**
 * server.close: waits for the server's end, and no longer than a context lasts.
 */
import { CancelCtx } from "../../context/cancel.ts";
import type { Context } from "../../context/context.ts";
import { Ending } from "../../context/ending.ts";
import type { ContextWaiter } from "../../context/waits.ts";
import { enterHost, leaveHost } from "../../runtime/kernel.ts";
import { BasicOperation, fail, fulfil, type Operation } from "../../runtime/operation.ts";
import { WaitReason } from "../../runtime/wait-reason.ts";

/** What closing needs of a server. */
export interface Closing {
  /** Its last connection is closed; handlers may still run. */
  readonly isShut: boolean;
  /** And the last handler has ended. */
  readonly isClosed: boolean;
  /** Begins to close. */
  shut(): void;
  /** Closes what is left. */
  destroy(): void;
  enter(op: Close): void;
  leave(op: Close): void;
}

export class Close extends BasicOperation<void> implements ContextWaiter {
  private readonly server: Closing;
  private readonly ctx: Context | undefined;
  /** Below `ctx`, whoever made that. */
  private limit: CancelCtx | null = null;
  /** It counts as waiting for the host: connections are open. When they are closed it waits for goroutines alone, and may be part of a deadlock. */
  private isOutside = false;
  before: ContextWaiter | null = null;
  behind: ContextWaiter | null = null;

  constructor(server: Closing, ctx: Context | undefined) {
    super();
    this.server = server;
    this.ctx = ctx;
  }

  get reason(): WaitReason {
    return WaitReason.ioWait;
  }

  get holds(): boolean {
    return true;
  }

  poll(): boolean {
    const { server, ctx } = this;
    server.shut();
    if (server.isClosed) return true;
    if (ctx?.err === undefined) return false;
    server.destroy();
    throw ctx.err;
  }

  enqueue(): void {
    const { server, ctx } = this;
    server.enter(this);
    if (!server.isShut) {
      this.isOutside = true;
      enterHost();
    }
    if (ctx === undefined) return;
    this.limit = new CancelCtx(ctx, "http.Close");
    this.limit.enter(this);
  }

  dequeue(): void {
    this.server.leave(this);
    this.limit?.leave(this);
    this.release();
  }

  /** The server's last connection is closed. */
  shut(): void {
    if (!this.isOutside) return;
    this.isOutside = false;
    leaveHost();
  }

  /** The server is closed, and has let go of this one. */
  finish(): void {
    this.limit?.leave(this);
    this.release();
    fulfil(this as Operation<unknown>);
  }

  /** The context is over, and has let go of this one. */
  over(): void {
    this.server.leave(this);
    this.value = this.limit?.ending?.err as unknown as undefined;
    this.release();
    this.server.destroy();
    fail(this as Operation<unknown>);
  }

  private release(): void {
    this.limit?.cancel(new Ending(false));
    this.limit = null;
    this.shut();
  }
}
