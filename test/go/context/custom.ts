/**
 * Contexts that a program wrote itself, of the kinds that Go's tests use; and ways to look at a context.
 */
import { type Chan, type Context, chan, go, type Op, select, trySelect } from "gort";

/** Whether waiting for `ctx` would not wait at all (Go: a select on Done with a default). */
export function isDone(ctx: Context): boolean {
  return trySelect({ done: ctx.done() }) !== undefined;
}

/** Another context behind an object that gort does not know. Go: otherContext, myCtx (a struct that embeds a Context). */
export class OtherContext implements Context {
  protected readonly inner: Context;

  constructor(inner: Context) {
    this.inner = inner;
  }

  get err(): Error | undefined {
    return this.inner.err;
  }

  get deadline(): number | undefined {
    return this.inner.deadline;
  }

  get signal(): AbortSignal {
    return this.inner.signal;
  }

  done(): Op<void> {
    return this.inner.done();
  }

  value(key: unknown): unknown {
    return this.inner.value(key);
  }

  wait<T>(op: Op<T>): Op<T> {
    return this.inner.wait(op);
  }
}

/**
 * A context made from scratch: a channel that is closed when it ends, and an abort controller. Go: customCauseContext, customContext,
 * afterFuncContext.
 */
export class ChannelContext implements Context {
  err: Error | undefined = undefined;
  deadline: number | undefined = undefined;
  /** Closed when it is cancelled; everybody who waits for the context stands in its queue. */
  readonly closed: Chan<never> = chan<never>();
  private readonly parent: Context | undefined;
  private readonly controller = new AbortController();

  constructor(parent?: Context) {
    this.parent = parent;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  done(): Op<void> {
    return this.closed.recv();
  }

  value(key: unknown): unknown {
    return this.parent?.value(key);
  }

  wait<T>(op: Op<T>): Op<T> {
    const ctx = this;
    return go(function* () {
      const s = yield* select({ done: ctx.done(), op });
      if (s.case === "op") return s.value as T;
      throw ctx.err;
    });
  }

  cancel(err: Error, reason: unknown = err): void {
    if (this.err !== undefined) return;
    this.err = err;
    this.closed.close();
    this.controller.abort(reason);
  }
}

/** Another context, but with an end of its own (which never comes unless it is told). Go: myDoneCtx, customDoneContext. */
export class OwnDoneContext extends OtherContext {
  readonly closed: Chan<never> = chan<never>();
  private readonly controller = new AbortController();

  override get signal(): AbortSignal {
    return this.controller.signal;
  }

  override done(): Op<void> {
    return this.closed.recv();
  }

  end(): void {
    this.closed.close();
    this.controller.abort(this.inner.signal.reason);
  }
}
