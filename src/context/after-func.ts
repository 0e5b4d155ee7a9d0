/**
 * contextAfterFunc: a function that is run when a context is over. Go: context.AfterFunc.
 */
import { checkFunction } from "../base/errors.ts";
import { goFor, type Maker, maker } from "../runtime/kernel.ts";
import { type CancelCtx, type Child, withCancel } from "./cancel.ts";
import { type Context, checkContext } from "./context.ts";
import { Ctx } from "./ctx.ts";

class AfterFunc implements Child {
  private readonly node: CancelCtx;
  private readonly fn: () => unknown;
  private readonly by: Maker;
  /** It hangs on its context, which has not ended. */
  waiting = true;
  before: Child | null = null;
  behind: Child | null = null;

  constructor(node: CancelCtx, fn: () => unknown, by: Maker) {
    this.node = node;
    this.fn = fn;
    this.by = by;
    node.source?.hold();
    node.adopt(this);
  }

  mark(): void {
    this.waiting = false;
  }

  handOver(): void {}

  wake(): void {
    this.node.source?.release();
    goFor(this.by, this.fn, []);
  }

  stop(): boolean {
    if (!this.waiting) return false;
    this.waiting = false;
    this.node.source?.release();
    this.node.disown(this);
    return true;
  }
}

/**
 * Runs `fn` in a goroutine of its own when `ctx` is over, at once if it is already.
 *
 * @param fn - a generator function, an async or a plain one
 * @returns a function that takes it back: true when `fn` will not be run because of that, false when it has been started or taken back before
 * @throws InvalidContextError (`GORT_INVALID_CONTEXT`), NotAFunctionError (`GORT_NOT_A_FUNCTION`)
 *
 * Go: context.AfterFunc.
 */
export function contextAfterFunc(ctx: Context, fn: () => unknown): () => boolean {
  checkContext("contextAfterFunc: the first argument", ctx);
  checkFunction("contextAfterFunc", fn);
  const isOwn = ctx instanceof Ctx && ctx.foreign === null;
  // Below a context of the program's own, a context of ours listens to that.
  const [child, detach] = isOwn ? [ctx, null] : withCancel(ctx);
  const { node } = child as Ctx;
  if (node === null) return once();
  const by = maker(contextAfterFunc as never);
  if (node.ending !== null) {
    goFor(by, fn, []);
    return () => false;
  }
  const after = new AfterFunc(node, fn, by);
  return () => {
    const stopped = after.stop();
    if (stopped) detach?.();
    return stopped;
  };
}

/** The context never ends: the first one takes it back. */
function once(): () => boolean {
  let stopped = false;
  return () => {
    const first = !stopped;
    stopped = true;
    return first;
  };
}
