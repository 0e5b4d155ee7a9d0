/** cond.wait() in ctx.wait(): whichever comes first, the lock is held afterwards. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  Cond,
  ContextCanceledError,
  type Goroutine,
  go,
  type Handle,
  Mutex,
  withCancel,
} from "gort";
import { inMain, mustBlock, mustFinish, panicOf, rest } from "../go/support.ts";
import { mustBeFree, mustBeHeld } from "./exclusive-lock.ts";

function setting(): { mu: Mutex; cond: Cond } {
  const mu = new Mutex();
  return { mu, cond: new Cond(mu) };
}

/** A goroutine that waits for the condition, and then gives the lock back. */
function* plainWaiter(mu: Mutex, cond: Cond): Goroutine<Handle<void>> {
  const h = go(function* () {
    yield* mu.lock();
    yield* cond.wait();
    mu.unlock();
  });
  yield* rest(h);
  return h;
}

describe("cond.wait in ctx.wait", () => {
  it(
    "holds the lock when the context ends, before it, after it, and when it does not",
    inMain(function* () {
      const { mu, cond } = setting();
      for (const end of ["cancel", "signal", "before"] as const) {
        const [ctx, cancel] = withCancel(background());
        if (end === "before") cancel();
        const h = go(function* () {
          yield* mu.lock();
          try {
            yield* ctx.wait(cond.wait());
            return "woken";
          } catch (error) {
            assert.ok(error instanceof ContextCanceledError, String(error));
            return "cancelled";
          } finally {
            mustBeHeld(mu);
          }
        });
        if (end !== "before") {
          yield* mustBlock(h, "ctx.wait");
          yield* mu.lock();
          if (end === "cancel") cancel();
          else cond.signal();
          yield* mustBlock(h, "the end of ctx.wait");
          mu.unlock();
        }
        yield* mustFinish(h, "ctx.wait");
        assert.equal(yield* h, end === "signal" ? "woken" : "cancelled");
        mu.unlock();
        mustBeFree(mu);
        cancel();
      }
    }),
  );

  it(
    "that was cancelled leaves the next signal to others",
    inMain(function* () {
      const { mu, cond } = setting();
      const [ctx, cancel] = withCancel(background());
      const h = go(function* () {
        using _ = yield* mu.lock();
        yield* panicOf(function* () {
          yield* ctx.wait(cond.wait());
        });
      });
      yield* mustBlock(h, "ctx.wait");
      const other = yield* plainWaiter(mu, cond);
      cancel();
      cond.signal();
      yield* mustFinish(h, "ctx.wait");
      yield* mustFinish(other, "the other waiter");
      mustBeFree(mu);
    }),
  );
});
