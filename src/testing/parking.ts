/**
 * assertParks and assertDoesNotPark: what an operation would do now.
 *
 * An operation is asked once, as a `select` with a default clause asks its cases: what cannot take effect at once is given up, and stands in no queue.
 */
import { describe, NotAnOperationError } from "../base/errors.ts";
import { trySelect } from "../chan/select.ts";
import { asOperation, type Op, type Operation } from "../runtime/operation.ts";

type Taken = { readonly value: unknown } | undefined;

/**
 * Asserts that `op` would park whoever waits for it: it cannot take effect at once. It is then given up, without a trace.
 *
 * Never waits, and works inside a goroutine and anywhere else. A sleep, gosched() and a promise are never ready at once, so they pass. When it fails the operation has taken effect. Either way the operation has been waited for.
 *
 * @throws AssertionError (of `node:assert`): "chan send did not park: …"; its cause is the error, when the operation failed at once; NotAnOperationError (`GORT_NOT_AN_OPERATION`); OperationReusedError (`GORT_OPERATION_REUSED`)
 * @example
 * ```ts
 * const ch = chan<number>(1);
 * assertDoesNotPark(ch.send(1));
 * assertParks(ch.send(2)); // The buffer is full.
 * ```
 */
export function assertParks(op: Op<unknown>): void {
  const operation = operationOf("assertParks", op);
  let taken: Taken;
  try {
    taken = ask(operation);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "GORT_OPERATION_REUSED") throw error;
    throw failure(`${nameOf(operation)} did not park: it threw ${textOf(error)}`, assertParks, error);
  }
  if (taken === undefined) return;
  const { value } = taken;
  const result = value === undefined ? "" : ` with ${textOf(value)}`;
  throw failure(`${nameOf(operation)} did not park: it took effect at once${result}`, assertParks);
}

/**
 * Asserts that `op` takes effect at once, and gives its result. Never waits, and works inside a goroutine and anywhere else; what the operation throws is thrown. Either way the operation has been waited for.
 *
 * @throws AssertionError (of `node:assert`): "chan receive would park"; NotAnOperationError (`GORT_NOT_AN_OPERATION`); OperationReusedError (`GORT_OPERATION_REUSED`)
 * @example
 * ```ts
 * assert.equal(assertDoesNotPark(ch.recv()), 1);
 * ```
 */
export function assertDoesNotPark<T>(op: Op<T>): T {
  const operation = operationOf("assertDoesNotPark", op);
  const taken = ask(operation);
  if (taken === undefined) throw failure(`${nameOf(operation)} would park`, assertDoesNotPark);
  return taken.value as T;
}

function ask(op: Operation<unknown>): Taken {
  return trySelect({ op });
}

function operationOf(what: string, value: unknown): Operation<unknown> {
  const op = asOperation(value);
  if (op !== null) return op;
  const isPromise = typeof value === "object" && value !== null && "then" in value;
  throw new NotAnOperationError(
    `${what} needs an operation, got ${describe(value)}${isPromise ? ": wrap a promise in wait(…)" : ""}`,
  );
}

/** "chan send". */
function nameOf(op: Operation<unknown>): string {
  return op.toString().replace(/^this (.*) operation$/, "$1");
}

function textOf(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return process.getBuiltinModule("node:util").inspect(value, { depth: 1 });
}

function failure(message: string, below: (...args: never[]) => unknown, cause?: unknown): Error {
  const { AssertionError } = process.getBuiltinModule("node:assert");
  const error = new AssertionError({ message, stackStartFn: below });
  if (cause !== undefined) error.cause = cause;
  return error;
}
