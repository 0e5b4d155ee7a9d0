/**
 * fromSignal: an AbortSignal as a context.
 *
 * A signal has one context, however often it is asked for one, so that listeners do not pile up on a signal that lives long.
 */
import { addAbortListener } from "node:events";
import { describe, InvalidContextError } from "../base/errors.ts";
import {
  enterHost,
  enterLatent,
  inWorld,
  isolation,
  leaveHost,
  leaveLatent,
  type World,
} from "../runtime/kernel.ts";
import { CancelCtx, type Source } from "./cancel.ts";
import type { Context } from "./context.ts";
import { Ending } from "./ending.ts";

class SignalCtx extends CancelCtx implements Source {
  readonly timed: boolean = false;
  readonly outside: boolean = true;
  readonly lateCause: undefined = undefined;
  private readonly from: AbortSignal;
  private holds = 0;
  /** Of whoever waits for it. */
  private world: World | null = null;

  constructor(from: AbortSignal) {
    super(null, "context.FromSignal");
    this.from = from;
    this.source = this;
    this.refresh();
    if (this.ending !== null) return;
    // Another listener cannot stop the event for this one, and the signal alone holds it.
    addAbortListener(from, () => this.refresh());
  }

  /** The signal may be aborted, and this one's turn among its listeners not have come. */
  override refresh(): void {
    if (!this.from.aborted || this.ending !== null) return;
    const { reason } = this.from;
    this.cancel(
      new Ending((reason as { name?: unknown } | null | undefined)?.name === "TimeoutError", reason),
    );
  }

  override get abortSignal(): AbortSignal {
    return this.from;
  }

  // The host may abort the signal, for all that can be known; the timer behind AbortSignal.timeout keeps no process alive.

  hold(): void {
    if (this.holds++ > 0) return;
    this.world = isolation.world;
    enterHost();
    enterLatent();
  }

  /** Whoever has the signal has the host's own. */
  watched(): void {}

  release(): void {
    if (--this.holds > 0) return;
    inWorld(this.world, () => {
      leaveHost();
      leaveLatent();
    });
  }
}

const contexts = new WeakMap<AbortSignal, SignalCtx>();

/**
 * The context of an AbortSignal: it is over when the signal is aborted, and its cause is the signal's reason.
 *
 * `err` is a DeadlineExceededError when the reason is a TimeoutError (AbortSignal.timeout), else a ContextCanceledError.
 *
 * A goroutine that waits for it is no deadlock: somebody may abort the signal, for all that can be known. A program whose `run` waits for nothing else stays alive.
 *
 * @throws InvalidContextError (a `TypeError`, `GORT_INVALID_CONTEXT`) for what is no AbortSignal
 */
export function fromSignal(signal: AbortSignal): Context {
  const { aborted, addEventListener } = (
    typeof signal === "object" && signal !== null ? signal : {}
  ) as Partial<AbortSignal>;
  if (typeof aborted !== "boolean" || typeof addEventListener !== "function") {
    throw new InvalidContextError(`fromSignal needs an AbortSignal, got ${describe(signal)}`);
  }
  let ctx = contexts.get(signal);
  if (ctx === undefined) {
    ctx = new SignalCtx(signal);
    contexts.set(signal, ctx);
  }
  return ctx;
}
