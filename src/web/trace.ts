/**
 * The door `gort/trace`.
 */
import { log, region, task } from "../trace/annotations.ts";
import { lastTrace, startTrace, stopTrace } from "../trace/session.ts";

export { TraceError } from "../base/errors.ts";
export type { TraceTask } from "../trace/annotations.ts";
export type { LastOptions, TraceOptions } from "../trace/session.ts";
export { lastTrace as last, log, region, startTrace as start, stopTrace as stop, task };

/** What the module has, as one object. */
export interface Trace {
  readonly start: typeof startTrace;
  readonly stop: typeof stopTrace;
  readonly last: typeof lastTrace;
  readonly region: typeof region;
  readonly task: typeof task;
  readonly log: typeof log;
}

/** All of it under one name: `trace.start()`. */
export const trace: Trace = Object.freeze({
  start: startTrace,
  stop: stopTrace,
  last: lastTrace,
  region,
  task,
  log,
});
