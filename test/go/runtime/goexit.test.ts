/**
 * Go: runtime/crash_test.go, what Goexit means where it can be seen in process: TestGoexitDefer,
 * TestRecoveredPanicAfterGoexit, TestRecoverBeforePanicAfterGoexit, TestPanicAfterGoexit, TestGoexitInPanic, TestGoNil.
 *
 * Whole programs (exit codes, deadlock after main's Goexit) are in test/prog. Differs: `recover` does not see a Goexit
 * in Go; a JavaScript `catch` does, but it cannot keep the goroutine alive. An async function can exit only before its
 * first `await`: after it, nothing tells whose code is running.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, type Goroutine, go, goexit, gosched } from "gort";
import { inMain, panicOf, rest } from "../support.ts";

test(
  "crash_test.go TestGoexitDefer: goexit runs the finally blocks, which may still send",
  inMain(function* () {
    const c = chan<string>();
    const h = go(function* () {
      try {
        yield* gosched();
        goexit();
      } finally {
        yield* c.send("deferred");
      }
    });
    assert.equal(yield* c.recv(), "deferred");
    assert.equal(yield* h, undefined);
    assert.equal(h.status, "dead");
  }),
);

test(
  "Goexit: finally blocks run innermost first, through every generator on the stack",
  inMain(function* () {
    const order: string[] = [];
    const frame = function* (depth: number): Goroutine {
      try {
        if (depth === 3) goexit();
        yield* frame(depth + 1);
        order.push("unreachable");
      } finally {
        order.push(`finally ${depth}`);
      }
    };
    yield* go(frame, 1);
    assert.deepEqual(order, ["finally 3", "finally 2", "finally 1"]);
  }),
);

test(
  "Goexit ends only the goroutine that calls it, whichever kind of function it is",
  inMain(function* () {
    const plain = go(() => goexit());
    const asynchronous = go(async () => goexit());
    const generator = go(function* (): Goroutine<number> {
      yield* gosched();
      return goexit();
    });
    assert.equal(yield* plain, undefined);
    assert.equal(yield* asynchronous, undefined);
    assert.equal(yield* generator, undefined);
  }),
);

test(
  "crash_test.go TestRecoverBeforePanicAfterGoexit: a catch cannot keep the goroutine alive",
  inMain(function* () {
    const log: string[] = [];
    const h = go(function* (): Goroutine<string> {
      for (;;) {
        try {
          yield* gosched();
          goexit();
        } catch {
          log.push("caught");
          yield* gosched();
          log.push("alive");
        }
      }
    });
    yield* rest(h);
    assert.equal(h.status, "dead");
    assert.equal(yield* h, undefined);
    assert.ok(!log.includes("alive"), log.join());
  }),
);

test(
  "Goexit: a result returned after a caught goexit is not the goroutine's",
  inMain(function* () {
    const h = go(function* (): Goroutine<string> {
      try {
        yield* gosched();
        goexit();
      } catch {
        // Go's recover() gives nil here.
      }
      return "came back";
    });
    assert.equal(yield* h, undefined);
  }),
);

test(
  "crash_test.go TestRecoveredPanicAfterGoexit: a panic in a finally that is caught leaves the goexit in force",
  inMain(function* () {
    let recovered: unknown;
    const h = go(function* (): Goroutine<string> {
      try {
        try {
          yield* gosched();
          goexit();
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: the panic in a deferred function is the point
          throw new Error("hello");
        }
      } catch (error) {
        recovered = error;
      }
      return "came back";
    });
    assert.equal(yield* h, undefined);
    assert.equal((recovered as Error).message, "hello");
  }),
);

test(
  "crash_test.go TestPanicAfterGoexit: a panic in a finally that nobody catches wins over the goexit",
  inMain(function* () {
    const h = go(function* () {
      try {
        yield* gosched();
        goexit();
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: the panic in a deferred function is the point
        throw new Error("hello");
      }
    });
    const error = yield* panicOf(function* () {
      yield* h;
    });
    assert.equal((error as Error).message, "hello");
  }),
);

test(
  "crash_test.go TestGoexitInPanic: a goexit in a finally replaces the panic that was on its way",
  inMain(function* () {
    const h = go(function* (): Goroutine {
      try {
        yield* gosched();
        throw new Error("hello");
      } finally {
        goexit();
      }
    });
    assert.equal(yield* h, undefined);
  }),
);

test(
  "crash_test.go TestGoNil: go of nothing panics in the goroutine that says it",
  inMain(function* () {
    const error = yield* panicOf(function* () {
      yield* go(undefined as never);
    });
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /go of nil func value/);
    assert.match((error as TypeError & { code: string }).code, /^GORT_/);
  }),
);
