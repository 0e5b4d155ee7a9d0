/**
 * Every error that gort itself throws: a class of its own, a stable `code`, Go's words where Go has words.
 *
 * Errors about a wrong argument extend the built-in class a JavaScript programmer expects (`TypeError`,
 * `RangeError`) and keep its name, as Node's own errors do; all others extend {@link GortError}.
 */

/** The base class of gort's errors. `code` is stable and starts with `GORT_`. */
export abstract class GortError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // Not enumerable, as on built-in errors: console.log shows it once.
    Object.defineProperty(this, "name", { value: new.target.name, configurable: true, writable: true });
  }
}

/** "send on closed channel" or "close of closed channel". Go panics with the same words. */
export class ChannelClosedError extends GortError {
  readonly code = "GORT_CHANNEL_CLOSED";
}

/** An operation is waited for once; this is the second time. */
export class OperationReusedError extends GortError {
  readonly code = "GORT_OPERATION_REUSED";

  constructor(what: string) {
    super(`operation waited for twice: ${what} is waited for once; make a new one for each wait`);
  }
}

/** Every goroutine waits for another one, and nothing outside can wake any of them. */
export class DeadlockError extends GortError {
  readonly code = "GORT_DEADLOCK";
  /** All goroutines in Go's form, the one that waits longest in the program first by number. */
  declare readonly dump: string;

  constructor(message: string, dump: string) {
    super(message);
    Object.defineProperty(this, "dump", { value: dump });
    // The stack of whoever noticed says nothing; the goroutines' stacks are what the reader needs.
    Object.defineProperty(this, "stack", {
      value: `${this.name}: ${message}${dump === "" ? "" : `\n\n${dump}`}`,
      configurable: true,
      writable: true,
    });
  }
}

/** An operation was waited for with `yield*` where no goroutine runs, or inside a generator driven by hand. */
export class NotInGoroutineError extends GortError {
  readonly code = "GORT_NOT_IN_GOROUTINE";
}

/** Something that has no place in a bubble: another bubble, real I/O, a timer of outside; or something that has its place only there. */
export class BubbleError extends GortError {
  readonly code = "GORT_BUBBLE";
}

/** "sync: negative WaitGroup counter": more `done` than `add`. The counter stays as it was. */
export class NegativeCounterError extends GortError {
  readonly code = "GORT_NEGATIVE_COUNTER";
}

/** An unlock of what is not locked. The words are Go's. */
export class NotLockedError extends GortError {
  readonly code = "GORT_NOT_LOCKED";
}

/** "semaphore: released more than held". */
export class SemaphoreError extends GortError {
  readonly code = "GORT_SEMAPHORE";
}

/** A group was changed in a way that its running goroutines do not allow. */
export class GroupError extends GortError {
  readonly code = "GORT_GROUP";
}

/** What was asked of a limiter can never happen, or not in time. */
export class RateLimitError extends GortError {
  readonly code = "GORT_RATE_LIMIT";
}

/** "context canceled". Its `name` is "AbortError", by which the platform knows such errors. Go: context.Canceled. */
export class ContextCanceledError extends GortError {
  readonly code = "GORT_CONTEXT_CANCELED";

  constructor() {
    super("context canceled");
    Object.defineProperty(this, "name", { value: "AbortError" });
  }
}

/** "context deadline exceeded". Its `name` is "TimeoutError", by which the platform knows such errors. Go: context.DeadlineExceeded. */
export class DeadlineExceededError extends GortError {
  readonly code = "GORT_DEADLINE_EXCEEDED";
  /** Of a connection's write: how many of its bytes have been sent, or will be: all or none. */
  declare readonly bytesWritten?: number;

  constructor(message = "context deadline exceeded") {
    super(message);
    Object.defineProperty(this, "name", { value: "TimeoutError" });
  }
}

/** "use of closed network connection": the program itself has closed it. */
export class ConnClosedError extends GortError {
  readonly code = "GORT_CONN_CLOSED";

  constructor(message = "use of closed network connection") {
    super(message);
  }
}

/** "unexpected EOF": the stream ended inside what was to be read as a whole. */
export class UnexpectedEofError extends GortError {
  readonly code = "GORT_UNEXPECTED_EOF";

  constructor() {
    super("unexpected EOF");
  }
}

/** A line is longer than the reader allows. */
export class LineTooLongError extends GortError {
  readonly code = "GORT_LINE_TOO_LONG";
}

/** A stream is longer than the reader allows. */
export class TooLargeError extends GortError {
  readonly code = "GORT_TOO_LARGE";
}

/** A portable function's file is not the same on two cores: it changed between the two loads. */
export class StalePortableError extends GortError {
  readonly code = "GORT_STALE";
}

/** A core loaded the file of a portable function and did not find the function there. */
export class PortableNotFoundError extends GortError {
  readonly code = "GORT_NOT_FOUND";
}

/** Two portable functions of one file have the same name and the same text: no other core could tell them apart. */
export class DuplicatePortableError extends GortError {
  readonly code = "GORT_DUPLICATE";
}

/** `portable` was called inside a goroutine, and not when its module was loaded. */
export class InlinePortableError extends GortError {
  readonly code = "GORT_INLINE";
}

/** It cannot be told which file called `portable`. */
export class PortableUrlError extends GortError {
  readonly code = "GORT_NO_URL";
}

/** A core imports a module for its portable functions, and the module starts goroutines as it is imported. */
export class ImportSideEffectError extends GortError {
  readonly code = "GORT_IMPORT_SIDE_EFFECT";
}

/** A core could not import the file of a portable function. The `cause` is what the import threw. */
export class PortableImportError extends GortError {
  readonly code = "GORT_IMPORT_FAILED";
}

/** The processor that ran a goroutine is lost: its thread ran out of memory, or ended. */
export class ProcessorLostError extends GortError {
  readonly code = "GORT_PROCESSOR_LOST";
}

/** A second copy of gort was loaded into this thread. */
export class TwoRuntimesError extends GortError {
  readonly code = "GORT_TWO_RUNTIMES";
}

/** The observer cannot serve: its port is in use, its host is refused, or its files are not there. */
export class ObserverError extends GortError {
  readonly code = "GORT_OBSERVER";
}

/** A capacity that is not an integer ≥ 0. */
export class ChannelSizeError extends RangeError {
  readonly code = "GORT_CHANNEL_SIZE";
}

/** A number that an option or a call cannot take. */
export class InvalidNumberError extends RangeError {
  readonly code = "GORT_INVALID_NUMBER";
}

/** `go` or `run` was given something that cannot be called. */
export class NotAFunctionError extends TypeError {
  readonly code = "GORT_NOT_A_FUNCTION";
}

/** `select`, `wait` or `range` was given something that it cannot wait for. */
export class NotAnOperationError extends TypeError {
  readonly code = "GORT_NOT_AN_OPERATION";
}

/** An option that does not exist or has a value it cannot have. */
export class InvalidOptionError extends TypeError {
  readonly code = "GORT_INVALID_OPTION";
}

/** A trace cannot be begun, ended or read now, or what was given to gort/trace cannot be used. */
export class TraceError extends GortError {
  readonly code = "GORT_TRACE";
}

/** What was given as a context, or as a context's key, cannot be one. */
export class InvalidContextError extends TypeError {
  readonly code = "GORT_INVALID_CONTEXT";
}

/** A condition was made for something that is no lock of gort's. */
export class NotALockError extends TypeError {
  readonly code = "GORT_NOT_A_LOCK";
}

/** A signal that does not exist, or that no process can catch. */
export class InvalidSignalError extends TypeError {
  readonly code = "GORT_INVALID_SIGNAL";
}

/** A value that cannot be copied to another core without losing its meaning; the message has the path to it. Nothing was sent. */
export class NotSendableError extends TypeError {
  readonly code = "GORT_NOT_SENDABLE";
}

/** A function that is to run on another thread was not made with `portable`. */
export class NotPortableError extends TypeError {
  readonly code = "GORT_NOT_PORTABLE";
}

/** A goroutine did `yield x` where only `yield* operation` makes sense. */
export class YieldError extends TypeError {
  readonly code = "GORT_YIELD_WITHOUT_STAR";
}

/** A function that `what` is to run. */
export function checkFunction(what: string, fn: unknown): void {
  if (typeof fn !== "function") throw new NotAFunctionError(`${what} needs a function, got ${describe(fn)}`);
}

/** A duration in milliseconds: any number but NaN. */
export function checkDuration(what: string, durationMs: unknown): void {
  if (typeof durationMs !== "number" || Number.isNaN(durationMs)) {
    throw new InvalidNumberError(`${what} needs a number of milliseconds, got ${describe(durationMs)}`);
  }
}

/** An amount: an integer of at least `least`. */
export function checkAmount(what: string, n: unknown, least: number): void {
  if (!Number.isSafeInteger(n) || (n as number) < least) {
    const bound = least === Number.NEGATIVE_INFINITY ? "" : ` of at least ${least}`;
    throw new InvalidNumberError(`${what} needs an integer${bound}, got ${describe(n)}`);
  }
}

/** Names a value for an error message: its class, or its type. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value === "object") {
    const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
    return typeof name === "string" && name !== "" ? `an object of class ${name}` : "an object";
  }
  return typeof value === "string"
    ? `the string ${JSON.stringify(value.slice(0, 40))}`
    : `the ${typeof value} ${String(value)}`;
}
