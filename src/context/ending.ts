/**
 * How a context ended. The contexts that end together share one, and so one error.
 *
 * The error is made when somebody asks for it: cancelling a hundred thousand contexts that nobody looks at takes no stack.
 */
import { ContextCanceledError, DeadlineExceededError } from "../base/errors.ts";

export class Ending {
  private error: Error | null;
  private readonly given: unknown;
  private readonly isLate: boolean;

  /** `error` is the one that a context of the program's own gave. */
  constructor(isLate: boolean, given?: unknown, error: Error | null = null) {
    this.isLate = isLate;
    this.given = given;
    this.error = error;
  }

  get err(): Error {
    this.error ??= this.isLate ? new DeadlineExceededError() : new ContextCanceledError();
    return this.error;
  }

  get cause(): unknown {
    return this.given ?? this.err;
  }
}
