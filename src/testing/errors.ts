/**
 * The errors of gort/testing.
 */
import { BubbleError, GortError } from "../base/errors.ts";
import { userFrames } from "../runtime/frames.ts";

/** A goroutine of an explored program waits for the host. */
export class HostError extends BubbleError {
  constructor(message: string) {
    super(message);
    Object.defineProperty(this, "name", { value: BubbleError.name });
  }
}

/** A schedule under which the program fails: `schedule` for `replay`, `cause` is the program's own error. */
export class ExploreError extends GortError {
  readonly code = "GORT_EXPLORE";
  /** What `replay` takes: the choices that lead there. */
  readonly schedule: string;

  constructor(message: string, schedule: string, cause: unknown) {
    super(message, { cause });
    this.schedule = schedule;
  }
}

/** A schedule that does not fit the program, or is none. */
export class ScheduleError extends GortError {
  readonly code = "GORT_SCHEDULE";
}

/** The same schedule did not give the same run twice. */
export class NondeterminismError extends GortError {
  readonly code = "GORT_NONDETERMINISM";
}

/** Goroutines that are left when a test has ended. */
export class GoroutineLeakError extends GortError {
  readonly code = "GORT_GOROUTINE_LEAK";
  /** Their stacks, in Go's form. */
  readonly goroutines: string;

  constructor(message: string, goroutines: string) {
    super(message);
    this.goroutines = goroutines;
  }
}

/** A schedule that goes on for ever, as far as anybody can wait. */
export class LivelockError extends GortError {
  readonly code = "GORT_LIVELOCK";
}

/** Steps of a sequencer that cannot be one: a number twice, or one that never came. */
export class SequenceError extends GortError {
  readonly code = "GORT_SEQUENCE";
}

/** What gort has to say of a program is said to who asked: the error's stack is that of the call, `site`. */
export function saidAt<E extends Error>(error: E, site: string | undefined): E {
  const callers = userFrames(site).map(
    ({ fn, file, line, column }) => `    at ${fn} (${file}:${line}:${column})`,
  );
  Object.defineProperty(error, "stack", {
    value: [`${error.name}: ${error.message}`, ...callers].join("\n"),
    configurable: true,
    writable: true,
  });
  return error;
}
