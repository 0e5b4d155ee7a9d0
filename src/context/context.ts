/**
 * Context: a deadline, a cancellation and request-scoped values, handed down from caller to callee.
 *
 * Go: context/context.go.
 */
import { describe, InvalidContextError } from "../base/errors.ts";
import type { SharedReference } from "../portable/sendable.ts";
import type { Op } from "../runtime/operation.ts";

/**
 * A deadline, a cancellation and values. gort makes its own (background, withCancel, …); a program may implement it, too.
 *
 * Go: context.Context.
 */
export interface Context extends SharedReference {
  /** Waits until the context is cancelled or its deadline is over; for ever if neither can happen. Each call makes a new operation. */
  done(): Op<void>;
  /** Why it is over: a ContextCanceledError or a DeadlineExceededError; undefined while it is not. */
  readonly err: Error | undefined;
  /** When it ends by itself, in milliseconds since 1970; undefined for never. */
  readonly deadline: number | undefined;
  /** The value for `key` that is nearest on the way up; undefined when there is none. */
  value(key: unknown): unknown;
  /** The same as an AbortSignal, for `fetch`, `fs`, timers and whatever takes one. Its reason is the {@link cause}. */
  readonly signal: AbortSignal;
  /** Waits for `op`, or throws `err`, whichever is first; when both are at once, throws. `op` is then withdrawn as a case that loses its select. */
  wait<T>(op: Op<T>): Op<T>;
}

/** Cancels a context and all that are derived from it; the first call counts. `cause` is what {@link cause} then gives. Go: CancelFunc, CancelCauseFunc. */
export type Cancel = (cause?: unknown) => void;

/** Throws InvalidContextError unless `parent` is a context that another can be derived from. */
export function checkParent(parent: unknown): asserts parent is Context {
  if (parent === null || parent === undefined) {
    throw new InvalidContextError("cannot create context from nil parent");
  }
  checkContext("a parent", parent);
}

/** Throws InvalidContextError unless `ctx` is a context. */
export function checkContext(what: string, ctx: unknown): asserts ctx is Context {
  const { done, value, wait } = (typeof ctx === "object" && ctx !== null ? ctx : {}) as Partial<Context>;
  if (typeof done !== "function" || typeof value !== "function" || typeof wait !== "function") {
    throw new InvalidContextError(`${what} is no context, but ${describe(ctx)}`);
  }
}
