/**
 * What a goroutine's function can be: a generator function, an async function, or a plain one.
 *
 * A plain function's result is the goroutine's result, unless it is itself something to run or to wait for: a generator (the function only
 * forwarded to another one), an operation, or a promise.
 */
import { asOperation, type Goroutine, type Op } from "./operation.ts";
import { Awaited } from "./promise.ts";

/** What has to be waited for before a function's result is known; null when it is known already. */
export function settlement(made: unknown): Op<unknown> | null {
  if ((typeof made !== "object" || made === null) && typeof made !== "function") return null;
  const operation = asOperation(made);
  if (operation !== null) return operation;
  return typeof (made as { then?: unknown }).then === "function"
    ? new Awaited(made as PromiseLike<unknown>)
    : null;
}

/** A goroutine body for what is not a generator: it waits, and that is its result. */
export function* drive(op: Op<unknown>): Goroutine<unknown> {
  return yield* op;
}
