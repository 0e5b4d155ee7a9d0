/** Limiter.wait as a case of a select: one that loses has taken nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, chan, go, Limiter, now, select, sleep, trySelect, withCancel } from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { mustBlock, rest } from "../go/support.ts";
import { inFakeTime } from "../go/x/fake-time.ts";

/** A limiter of ten a second whose burst has been used up. */
function empty(burst = 1): Limiter {
  const limiter = new Limiter(10, burst);
  assert.ok(limiter.allow(burst));
  return limiter;
}

describe("Limiter.wait as a case", () => {
  it(
    "that loses gives back its tokens and leaves no timer",
    inFakeTime(function* () {
      const limiter = empty(3);
      const stop = chan<void>();
      const chooser = go(function* () {
        return (yield* select({ turn: limiter.wait(3), stop: stop.recv() })).case;
      });
      yield* mustBlock(chooser, "no tokens");
      assert.equal(limiter.tokens(), -3);
      assert.equal(counts.waiting, 1);
      assert.ok(stop.trySend());
      assert.equal(counts.waiting, 0);
      assert.equal(limiter.tokens(), 0);
      assert.equal(yield* chooser, "stop");
    }),
  );

  it(
    "that wins takes the others out",
    inFakeTime(function* () {
      const limiter = empty();
      const ch = chan<void>();
      const s = yield* select({ turn: limiter.wait(), got: ch.recv(), late: sleep(101) });
      assert.deepEqual(s, { case: "turn", value: undefined });
      assert.equal(ch.trySend(), false);
      assert.equal(counts.waiting, 0);
    }),
  );

  it(
    "reserves nothing when another case is ready",
    inFakeTime(function* () {
      const limiter = empty();
      const ready = chan<number>(1);
      for (let i = 0; i < 20; i++) {
        yield* ready.send(i);
        assert.equal((yield* select({ turn: limiter.wait(), ready: ready.recv() })).case, "ready");
        assert.equal(limiter.tokens(), 0);
      }
    }),
  );

  it(
    "takes its tokens only if it is the one of two ready cases that happens",
    inFakeTime(function* () {
      const limiter = new Limiter(10, 200);
      const ready = chan<void>(200);
      for (let i = 0; i < 200; i++) yield* ready.send();
      let turns = 0;
      for (let i = 0; i < 200; i++) {
        if ((yield* select({ turn: limiter.wait(), ready: ready.recv() })).case === "turn") turns++;
      }
      assert.ok(turns > 0 && turns < 200, `${turns} turns of 200`);
      assert.equal(limiter.tokens(), 200 - turns);
      assert.equal(ready.length, turns);
    }),
  );

  it(
    "of trySelect takes tokens that are there, and else nothing",
    inFakeTime(function* () {
      const limiter = new Limiter(10, 1);
      assert.deepEqual(trySelect({ turn: limiter.wait() }), { case: "turn", value: undefined });
      assert.equal(trySelect({ turn: limiter.wait() }), undefined);
      assert.equal(limiter.tokens(), 0);
      assert.equal(counts.waiting, 0);
    }),
  );

  it(
    "twice in one select: the earlier promise wins and the later one is given back",
    inFakeTime(function* () {
      const limiter = empty(2);
      const begun = now();
      const s = yield* select({ one: limiter.wait(1), other: limiter.wait(1) });
      assert.match(s.case, /one|other/);
      assert.equal(Math.round(now() - begun), 100);
      assert.ok(Math.abs(limiter.tokens()) < 1e-9, `${limiter.tokens()} tokens`);
    }),
  );

  it(
    "that gives up in the middle does not move those behind it; the last one's tokens are had by the next",
    inFakeTime(function* () {
      const limiter = empty();
      const begun = now();
      const seen: string[] = [];
      const [a, b, c] = ["a", "b", "c"].map((name) => {
        const [ctx, cancel] = withCancel(background());
        const handle = go(function* () {
          try {
            yield* limiter.wait(1, ctx);
            seen.push(`${name} ${Math.round(now() - begun)}`);
          } catch (error) {
            assert.equal(error, ctx.err);
            seen.push(`${name} gave up`);
          }
        });
        return { handle, cancel };
      }) as [Party, Party, Party];
      yield* rest(a.handle, b.handle, c.handle);
      b.cancel();
      yield* b.handle;
      assert.equal(limiter.tokens(), -3, "c's promise counts on b's");
      yield* a.handle;
      c.cancel();
      yield* c.handle;
      const d = go(function* () {
        yield* limiter.wait();
        seen.push(`d ${Math.round(now() - begun)}`);
      });
      yield* d;
      assert.deepEqual(seen, ["b gave up", "a 100", "c gave up", "d 300"]);
    }),
  );
});

interface Party {
  readonly handle: ReturnType<typeof go<[], void>>;
  cancel(): void;
}
