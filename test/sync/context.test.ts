/**
 * Locks in ctx.wait(): one that was given up is not taken later; and after cond.wait(), whichever came first, the lock is held.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, ContextCanceledError, go, type Op, RWMutex, withCancel } from "gort";
import { inMain, mustBlock, mustFinish, panicOf, rest } from "../go/support.ts";
import { plainWaiter, setting } from "./cond-scene.ts";
import { mustBeFree, mustBeHeld } from "./exclusive-lock.ts";

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

describe("a lock in ctx.wait", () => {
  const kinds: Record<string, (mu: RWMutex) => Op<Disposable>> = {
    "to write": (mu) => mu.lock(),
    "to read": (mu) => mu.rLock(),
    "through rLocker": (mu) => mu.rLocker().lock(),
  };
  for (const [name, make] of Object.entries(kinds)) {
    it(
      `${name}: is held when it came first, and never when the context did`,
      inMain(function* () {
        const mu = new RWMutex();
        for (const end of ["unlock", "cancel", "before"]) {
          const [ctx, cancel] = withCancel(background());
          assert.equal(mu.tryLock(), true);
          if (end === "before") cancel();
          const h = go(function* () {
            try {
              using _ = yield* ctx.wait(make(mu));
              mustBeHeld(mu);
              return "locked";
            } catch (error) {
              assert.ok(error instanceof ContextCanceledError, String(error));
              return "cancelled";
            }
          });
          if (end === "before") yield* rest(h);
          else yield* mustBlock(h, "ctx.wait");
          if (end === "cancel") cancel();
          mu.unlock();
          assert.equal(yield* h, end === "unlock" ? "locked" : "cancelled");
          mustBeFree(mu);
          cancel();
        }
        // Not even a free lock, once the context has ended.
        const [ctx, cancel] = withCancel(background());
        cancel();
        yield* panicOf(function* () {
          yield* ctx.wait(make(mu));
        });
        mustBeFree(mu);
      }),
    );
  }
});
