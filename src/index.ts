/**
 * The door `gort`: the public API, and no logic.
 */
import "./runtime/singleton.ts";

export {
  ChannelClosedError,
  ChannelSizeError,
  DeadlockError,
  GortError,
  InvalidNumberError,
  InvalidOptionError,
  NotAFunctionError,
  NotAnOperationError,
  NotInGoroutineError,
  OperationReusedError,
  TwoRuntimesError,
  YieldError,
} from "./base/errors.ts";
export { chan } from "./chan/hchan.ts";
export { type Cursor, range } from "./chan/range.ts";
export { type Cases, type Selected, select, trySelect } from "./chan/select.ts";
export type { Chan, RecvChan, SendChan } from "./chan/types.ts";
export { go } from "./runtime/go.ts";
export { goexit } from "./runtime/goexit.ts";
export type { Handle } from "./runtime/goroutine.ts";
export { gosched } from "./runtime/gosched.ts";
export { type Runtime, runtime } from "./runtime/info.ts";
export { now } from "./runtime/kernel.ts";
export type { Goroutine, Op, Park } from "./runtime/operation.ts";
export { wait } from "./runtime/promise.ts";
export { type RunOptions, run } from "./runtime/run.ts";
export type { GoroutineStatus } from "./runtime/status.ts";
export { sleep } from "./time/sleep.ts";
