/**
 * What can go wrong with a request that is not the program's fault.
 */
import { GortError } from "../../base/errors.ts";

/**
 * "request aborted": its connection is closed, mostly because the client has gone away. The cause of the request's context then, and what an operation on the request throws.
 * Its `cause` is the system's error, if there is one.
 */
export class RequestAbortedError extends GortError {
  readonly code = "GORT_REQUEST_ABORTED";

  constructor(reason?: unknown) {
    super("request aborted: its connection is closed", reason == null ? undefined : { cause: reason });
  }
}

/** Something was to be sent after the response had been ended. */
export class ResponseEndedError extends GortError {
  readonly code = "GORT_RESPONSE_ENDED";

  constructor() {
    super("the response has ended: send before res.end(), and before the handler returns");
  }
}
