/** Contexts on two processors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  background,
  type Cancel,
  type Context,
  ContextCanceledError,
  DeadlockError,
  fromSignal,
  type Goroutine,
  go,
  type Handle,
  run,
  runtime,
  sleep,
  todo,
  wait,
  withCancel,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { exportCount } from "#src/portable/references.ts";
import { load } from "#src/shm/atomic.ts";
import { HOME_PAGE_TABLE, PAGES_A_BUFFER } from "#src/shm/layout.ts";
import { home } from "#src/shm/region.ts";
import { OtherContext } from "../go/context/custom.ts";
import { turn } from "../go/support.ts";
import {
  block,
  computeToEnd,
  derive,
  type End,
  glance,
  leftFar,
  listenOnly,
  look,
  newWords,
  seeEnd,
  seeEndInWait,
  seeFirst,
  seeNow,
  seeRoots,
  seeSame,
  seeValues,
  sendOn,
  signalled,
} from "./crossing-work.ts";
import { far, started } from "./pairs.ts";

runtime.gomaxprocs(2);

/** How many pages of shared memory have been taken. */
function pages(): number {
  return load(home().words, HOME_PAGE_TABLE + PAGES_A_BUFFER);
}

describe("a context on another core", () => {
  it("ends when the original is cancelled, with the cause", async () => {
    await run(function* () {
      for (const given of [undefined, "why", { rows: [1, 2] }, 0]) {
        const [ctx, cancel] = withCancel(background());
        const both = yield* started((words) => go(seeEnd, words, ctx));
        cancel(given);
        const end = yield* far<End>(both);
        assert.deepEqual([end.err, end.isReason, end.deadline], ["canceled", true, undefined]);
        if (given === undefined) assert.ok(end.cause instanceof ContextCanceledError);
        else assert.deepEqual(end.cause, given);
      }
    });
  });

  it("ends in ctx.wait, and aborts its signal", async () => {
    await run(function* () {
      const [ctx, cancel] = withCancel(background());
      const both = yield* started((words) => go(seeEndInWait, words, ctx));
      cancel(new RangeError("far"));
      const [end, heard, isErr] = yield* far<[End, boolean, boolean]>(both);
      assert.deepEqual([end.err, heard, isErr], ["canceled", true, true]);
      assert.ok(end.cause instanceof RangeError);
      assert.equal(end.cause.message, "far");
    });
  });

  it("ends with what its parent ends with", async () => {
    await run(function* () {
      const [parent, cancel] = withCancel(background());
      const [child] = withCancel(withValue(parent, "k", 1));
      const both = yield* started((words) => go(seeEnd, words, child));
      cancel("parent");
      assert.equal((yield* far<End>(both)).cause, "parent");
    });
  });

  it("has an error in place of a cause that cannot be sent", async () => {
    await run(function* () {
      const [other] = withCancel(background());
      for (const [bad, reason] of [
        [() => 1, /cannot be sent: it is a function/],
        [{ other }, /cannot be sent: it has something in it that crosses by reference/],
      ] as const) {
        for (const isOver of [false, true]) {
          if (isOver && bad instanceof Object && "other" in bad) continue;
          const [ctx, cancel] = withCancel(background());
          if (isOver) cancel(bad);
          const both = yield* started((words) => go(seeEnd, words, ctx));
          cancel(bad);
          const end = yield* far<End>(both);
          assert.equal(end.err, "canceled");
          assert.match((end.cause as Error).message, reason);
        }
      }
    });
    assert.equal(exportCount(), 0);
  });

  it("has the same deadline, and ends by itself when its home is busy", async () => {
    await run(function* () {
      const [ctx] = withTimeout(background(), 30, { late: true });
      const words = newWords();
      const both = [go(seeEnd, words, ctx), go(seeEnd, words, ctx)];
      yield* signalled(words, 1);
      block(words, 3);
      const end = yield* far<End>(both);
      assert.deepEqual([end.err, end.cause, end.isReason], ["late", { late: true }, true]);
      assert.equal(end.deadline, ctx.deadline);
    });
  });

  it("is seen to end by a goroutine that computes: cancelled, and by its deadline", async () => {
    await run(function* () {
      const [ctx, cancel] = withCancel(background());
      const one = yield* started((words) => go(computeToEnd, words, ctx));
      cancel();
      assert.equal(yield* far<string>(one), "canceled");
      const [timed, stop] = withTimeout(background(), 20);
      const two = yield* started((words) => go(computeToEnd, words, timed));
      assert.equal(yield* far<string>(two), "late");
      stop();
    });
  });

  it("arrives ended when it is over, and also when it ends on its way", async () => {
    await run(function* () {
      for (let round = 0; round < 30; round++) {
        const [ctx, cancel] = withCancel(background());
        if (round % 3 === 0) cancel({ round });
        const words = newWords();
        const both = [go(seeEnd, words, ctx), go(seeEnd, words, ctx)];
        if (round % 3 === 1) cancel({ round });
        if (round % 3 === 2) {
          yield* signalled(words, 1);
          cancel({ round });
        }
        assert.deepEqual((yield* far<End>(both)).cause, { round });
      }
      const [late] = withTimeout(background(), 0);
      const words = newWords();
      assert.equal((yield* far<End>([go(seeNow, words, late), go(seeNow, words, late)])).err, "late");
    });
  });

  it("runs what is to be run at its end, when nothing else there refers to it or it has ended on its way", async () => {
    await run(function* () {
      for (let round = 0; round < 20; round++) {
        const [ctx, cancel] = withCancel(background());
        const words = newWords();
        const both = [go(listenOnly, words, { ctx }), go(listenOnly, words, { ctx })];
        if (round % 2 === 0) yield* signalled(words, 1);
        cancel();
        assert.equal(yield* far(both), true);
      }
    });
  });

  it("is background() or todo() itself, and nothing is shared", async () => {
    await run(function* () {
      const words = newWords();
      const roots = [background(), todo()];
      const both = [go(seeRoots, words, roots), go(seeRoots, words, roots)];
      assert.equal(exportCount(), 0);
      assert.deepEqual(yield* far(both), [true, true]);
    });
  });

  it("is one object however often it comes, and at home the original", async () => {
    await run(function* () {
      const [open, cancel] = withCancel(background());
      const [over, stop] = withCancel(background());
      stop("over");
      for (const ctx of [open, over, withoutCancel(open), withValue(open, "k", 1)]) {
        const words = newWords();
        const both = [go(seeSame, words, ctx, { inside: ctx }), go(seeSame, words, ctx, { inside: ctx })];
        const { same, home } = yield* far<{ same: boolean; home: Context }>(both as never);
        assert.ok(same);
        assert.equal(home, ctx);
      }
      cancel();
    });
  });

  it("can be derived from, which does not reach back", async () => {
    await run(function* () {
      const [ctx, cancel] = withCancel(background());
      const both = yield* started((words) => go(derive, words, ctx));
      assert.equal(ctx.err, undefined);
      cancel("all");
      assert.deepEqual(yield* far(both), ["mine", "late", undefined, "all", 1]);
    });
  });

  it("can be sent on", async () => {
    await run(function* () {
      const [ctx, cancel] = withCancel(background());
      const words = newWords();
      const both = [go(sendOn, words, ctx), go(sendOn, words, ctx)];
      assert.deepEqual((yield* far<End>(both)).cause, { from: "far" });
      assert.equal(ctx.err, undefined);
      cancel();
    });
  });

  it("has the values whose key and value are primitives, the nearest of each", async () => {
    await run(function* () {
      const [ctx, cancel] = withCancel(withValue(withValue(background(), "a", 1), "b", "two"));
      const inner = withValue(withValue(withValue(ctx, "a", 10n), "c", {}), Symbol("d"), 4);
      const hidden = withValue(inner, "b", { secret: 1 });
      for (const [one, expected] of [
        [hidden, [10n, undefined, undefined]],
        [inner, [10n, "two", undefined]],
        [withoutCancel(hidden), [10n, undefined, undefined]],
      ] as const) {
        const words = newWords();
        const keys = ["a", "b", "c"];
        const both = [go(seeValues, words, one, keys), go(seeValues, words, one, keys)];
        assert.deepEqual(yield* far(both), expected);
      }
      cancel();
    });
  });

  for (const procs of [1, 2]) {
    it(`is refused when it is of the program's own making; one derived from it is not: ${procs} processors`, async () => {
      runtime.gomaxprocs(procs);
      const [base, cancel] = withCancel(background());
      const own = new OtherContext(base);
      try {
        await run(function* () {
          for (const ctx of [own, withValue(own, "k", 1)]) {
            assert.throws(() => go(glance, ctx), {
              code: "GORT_NOT_SENDABLE",
              message:
                /^argument 1 of glance is a Context of the program's own, an OtherContext: .*withCancel/,
            });
          }
          const [derived] = withCancel(own);
          assert.equal(yield* go(glance, derived), true);
        });
      } finally {
        cancel();
        runtime.gomaxprocs(2);
      }
    });
  }

  it("of a program's own context has that one's error and cause", async () => {
    await run(function* () {
      const [base, cancel] = withCancel(background());
      const [derived] = withCancel(new OtherContext(base));
      const both = yield* started((words) => go(seeEnd, words, derived));
      cancel("own");
      const end = yield* far<End>(both);
      assert.deepEqual([end.err, end.cause], ["canceled", "own"]);
    });
  });
});

describe("deadlock detection", () => {
  it("knows that a context's home can still end it", async () => {
    await run(function* () {
      const [ctx, cancel] = withCancel(background());
      const both = yield* started((words) => go(seeEnd, words, ctx));
      yield* sleep(20);
      cancel("in time");
      assert.equal((yield* far<End>(both)).cause, "in time");
    });
  });

  it("finds a wait elsewhere for a context that nobody ends", async () => {
    const [ctx, cancel] = withCancel(background());
    const words = newWords();
    await assert.rejects(
      run(function* main() {
        yield* far<End>([go(seeEnd, words, ctx), go(seeEnd, words, ctx)]);
      }),
      (error: DeadlockError) => {
        assert.ok(error instanceof DeadlockError);
        assert.match(error.dump, /\[chan receive\]:\nseeEnd/);
        return true;
      },
    );
    cancel();
  });

  it("waits for a deadline, and for a signal of the host's", async () => {
    await run(function* () {
      const [timed] = withTimeout(background(), 40);
      const words = newWords();
      assert.equal((yield* far<End>([go(seeEnd, words, timed), go(seeEnd, words, timed)])).err, "late");
      const from = fromSignal(AbortSignal.timeout(60));
      const more = newWords();
      assert.equal((yield* far<End>([go(seeEnd, more, from), go(seeEnd, more, from)])).err, "late");
    });
  });
});

describe("many contexts", () => {
  it("come and go, cancelled or dropped, and leave nothing behind", async () => {
    await run(function* () {
      const round = function* (): Goroutine {
        const cancels: Cancel[] = [];
        const all: Handle<unknown>[] = [];
        for (let i = 0; i < 200; i++) {
          const list = Array.from({ length: 4 }, (_, n) => {
            const [ctx, cancel] = n === 3 ? withTimeout(background(), 3_600_000) : withCancel(background());
            cancels.push(cancel);
            return ctx;
          });
          all.push(go(seeFirst, list), go(glance, list[0] as Context));
          if (i % 2 === 0) for (const cancel of cancels.splice(0)) cancel("storm".repeat(100));
        }
        for (const cancel of cancels) cancel();
        for (const g of all) yield* g;
      };
      for (let i = 0; i < 3; i++) yield* round();
      const before = pages();
      for (let i = 0; i < 7; i++) yield* round();
      // The 5600 contexts of these rounds would need nine pages; threads keep a few blocks of each size.
      assert.ok(pages() - before <= 4, `${pages() - before} more pages of shared memory`);
      const words = newWords();
      assert.deepEqual(yield* far([go(leftFar, words), go(leftFar, words)]), [0, false]);
      for (let i = 0; i < 10 && exportCount() > 0; i++) yield* wait(turn());
      assert.equal(exportCount(), 0);
    });
  });

  it("that are never cancelled are let go of when nobody elsewhere has them", async () => {
    await run(function* () {
      const cancels: unknown[] = [];
      for (let i = 0; i < 500; i++) {
        const [ctx, cancel] = withTimeout(background(), 3_600_000);
        cancels.push(cancel);
        const words = newWords();
        if (i % 50 === 0) assert.ok(yield* far([go(look, words, ctx), go(look, words, ctx)]));
        else yield* go(glance, ctx);
      }
      const words = newWords();
      yield* far([go(leftFar, words), go(leftFar, words)]);
      for (let i = 0; i < 10 && exportCount() > 0; i++) yield* wait(turn());
      assert.equal(exportCount(), 0);
      assert.equal(cancels.length, 500);
    });
  });
});
