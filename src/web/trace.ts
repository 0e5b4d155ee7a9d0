/**
 * The door `gort/trace`.
 */
import { log, region, task } from "../trace/annotations.ts";
import { lastTrace, startTrace, stopTrace } from "../trace/session.ts";
import { startObserver } from "./serve.ts";

export { ObserverError, TraceError } from "../base/errors.ts";
export type { TraceTask } from "../trace/annotations.ts";
export type { LastOptions, TraceOptions } from "../trace/session.ts";
export type { ServeOptions, Serving } from "./serve.ts";
export {
  lastTrace as last,
  log,
  region,
  startObserver as serve,
  startTrace as start,
  stopTrace as stop,
  task,
};

/** What the module has, as one object. */
export interface Trace {
  readonly start: typeof startTrace;
  readonly stop: typeof stopTrace;
  readonly last: typeof lastTrace;
  readonly serve: typeof startObserver;
  readonly region: typeof region;
  readonly task: typeof task;
  readonly log: typeof log;
}

/** All of it under one name: `trace.start()`. */
export const trace: Trace = Object.freeze({
  start: startTrace,
  stop: stopTrace,
  last: lastTrace,
  serve: startObserver,
  region,
  task,
  log,
});
