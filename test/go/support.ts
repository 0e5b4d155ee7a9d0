/**
 * What Go's facts share: a test body that is a main goroutine, and ways to say "it is blocked" without a clock.
 *
 * Go's tests sleep a millisecond and hope that the other goroutine has got there. One processor needs no hope: a
 * goroutine's status says whether it is parked, and `gosched` lets everyone else have a turn first.
 */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Goroutine, gosched, type Handle, run } from "gort";
import { explored, restExplored } from "./explored.ts";

/** A `node:test` body that runs `main` as the program's main goroutine: a fact that holds in whatever order goroutines run. */
export function inMain(main: () => Goroutine): () => Promise<void> {
  return explored(main) ?? inOrder(main);
}

/** As {@link inMain}, for a fact of gort's own order: who is ready first runs first, what is ready is chosen evenly, giving way once lets everybody have a turn. */
export function inOrder(main: () => Goroutine): () => Promise<void> {
  return () => run(main);
}

/** As {@link inMain}, for a fact of goroutines that wait for what the host does, which is in no schedule. */
export function onHost(main: () => Goroutine): () => Promise<void> {
  return () => run(main);
}

/** Lets other goroutines run until each of `handles` has parked or ended. */
export function* rest(...handles: readonly Handle<unknown>[]): Goroutine {
  if (yield* restExplored()) return;
  for (let turn = 0; handles.some(isMoving); turn++) {
    assert.ok(turn < 100_000, "the goroutines never come to rest");
    yield* gosched();
  }
}

function isMoving(handle: Handle<unknown>): boolean {
  return handle.status === "runnable" || handle.status === "running";
}

/** Fails unless `handle`'s goroutine is parked once it can go no further. */
export function* mustBlock(handle: Handle<unknown>, what: string): Goroutine {
  yield* rest(handle);
  assert.equal(handle.status, "waiting", `${what}: expected to block`);
}

/** Fails unless `handle`'s goroutine runs to its end without anyone's help; throws what it threw. */
export function* mustFinish(handle: Handle<unknown>, what: string): Goroutine {
  yield* rest(handle);
  assert.equal(handle.status, "dead", `${what}: expected not to block`);
  yield* handle;
}

/** What `body` throws; fails when it throws nothing (Go: a deferred recover). */
export function* panicOf(body: () => Goroutine<unknown>): Goroutine<unknown> {
  try {
    yield* body();
  } catch (error) {
    return error;
  }
  return assert.fail("expected a panic");
}

/** The value a receive gave, which must be one (the channel is known to be open). */
export function must<T>(value: T | undefined): T {
  assert.notEqual(value, undefined, "received from a closed channel");
  return value as T;
}

/** Lets the event loop turn, so that what async code can do by now has been done. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A full garbage collection, now. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
