/**
 * The door `gort`: the public API, and no logic.
 */
/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
import "./runtime/singleton.ts";
import "./context/crossing.ts";
import "./parallel/start.ts";
import "./trace/start.ts";

export {
  ChannelClosedError,
  ChannelSizeError,
  ContextCanceledError,
  DeadlineExceededError,
  DeadlockError,
  DuplicatePortableError,
  GortError,
  GroupError,
  ImportSideEffectError,
  InlinePortableError,
  InvalidContextError,
  InvalidNumberError,
  InvalidOptionError,
  InvalidSignalError,
  NegativeCounterError,
  NotAFunctionError,
  NotALockError,
  NotAnOperationError,
  NotInGoroutineError,
  NotLockedError,
  NotPortableError,
  NotSendableError,
  OperationReusedError,
  PortableImportError,
  PortableNotFoundError,
  PortableUrlError,
  ProcessorLostError,
  RateLimitError,
  SemaphoreError,
  StalePortableError,
  TwoRuntimesError,
  YieldError,
} from "./base/errors.ts";
export { type SharedChan, sharedChan } from "./chan/flavors/shared.ts";
export { chan } from "./chan/hchan.ts";
export { type Cursor, range } from "./chan/range.ts";
export { type Cases, type Selected, select, trySelect } from "./chan/select.ts";
export type { Chan, RecvChan, SendChan } from "./chan/types.ts";
export { contextAfterFunc } from "./context/after-func.ts";
export { cause, withCancel } from "./context/cancel.ts";
export type { Cancel, Context } from "./context/context.ts";
export { withDeadline, withTimeout } from "./context/deadline.ts";
export { fromSignal } from "./context/from-signal.ts";
export { Group } from "./context/group.ts";
export { Limiter, type Reservation } from "./context/limiter.ts";
export { background, todo } from "./context/roots.ts";
export { withoutCancel, withValue } from "./context/values.ts";
export { notify, stopNotify } from "./os/notify.ts";
export { blocking } from "./parallel/blocking.ts";
export {
  type ParallelMap,
  type ParallelMapContext,
  type ParallelMapInputs,
  type ParallelMapOptions,
  parallelMap,
} from "./parallel/map.ts";
export { type ModuleMeta, portable } from "./portable/registry.ts";
export type { Sendable, SharedReference } from "./portable/sendable.ts";
export type {
  DumpedCreator,
  DumpedFrame,
  DumpedGoroutine,
  DumpedGroup,
  GoroutineDump,
} from "./runtime/dump-json.ts";
export { go } from "./runtime/go.ts";
export { goexit } from "./runtime/goexit.ts";
export type { Handle } from "./runtime/goroutine.ts";
export { gosched } from "./runtime/gosched.ts";
export { type Runtime, runtime } from "./runtime/info.ts";
export { now } from "./runtime/kernel.ts";
export type { Goroutine, Op, Park } from "./runtime/operation.ts";
export { wait } from "./runtime/promise.ts";
export { type RunOptions, run } from "./runtime/run.ts";
export type { Stacks, StacksOptions } from "./runtime/stacks.ts";
export type { GoroutineStatus } from "./runtime/status.ts";
export type { Stuck, StuckGoroutine, WaitCycle } from "./runtime/stuck.ts";
export type { WaitKind, WaitsOn } from "./runtime/waited.ts";
export { Cond } from "./sync/cond.ts";
export type { Guard, Lock } from "./sync/lock.ts";
export { Mutex } from "./sync/mutex.ts";
export { Once, onceValue } from "./sync/once.ts";
export { RWMutex } from "./sync/rwmutex.ts";
export { Semaphore } from "./sync/semaphore.ts";
export { SharedCounter } from "./sync/shared-counter.ts";
export { SharedMutex } from "./sync/shared-mutex.ts";
export { SharedSemaphore } from "./sync/shared-semaphore.ts";
export { SharedWaitGroup } from "./sync/shared-wait-group.ts";
export { type Flown, SingleFlight } from "./sync/single-flight.ts";
export { WaitGroup } from "./sync/wait-group.ts";
export { sleep } from "./time/sleep.ts";
export { Ticker, tick } from "./time/ticker.ts";
export { after, afterFunc, Timer } from "./time/timer.ts";
