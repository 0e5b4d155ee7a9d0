/**
 * Go: context/x_test.go TestDeadline, TestTimeout, TestCanceledTimeout, TestLayersCancel, TestLayersTimeout,
 * TestDeadlineExceededSupportsTimeout; context/net_test.go TestDeadlineExceededIsNetError.
 *
 * Differs: time is moved by the test. Go's Timeout() and Temporary() are the error's name, by which the platform knows a time that is up.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  DeadlineExceededError,
  go,
  run,
  withCancel,
  withDeadline,
  withTimeout,
  withValue,
} from "gort";
import { random } from "../../base/seed.ts";
import { FakeTime } from "../../context/fake-time.ts";
import { turn } from "../support.ts";
import { isDone, OtherContext } from "./custom.ts";

const SHORT_MS = 1;
const VERY_LONG_MS = 1000 * 60 * 60 * 1000;

describe("deadlines", () => {
  let time: FakeTime;
  beforeEach(() => {
    time = new FakeTime();
    time.install();
  });
  afterEach(() => {
    time.pass(2 * VERY_LONG_MS);
    time.restore();
  });

  /** `ctx` ends when its time is up, and not before. */
  async function checkEnds(ctx: Context, afterMs: number): Promise<void> {
    const waiter = go(function* () {
      yield* ctx.done();
      return ctx.err;
    });
    await turn();
    if (afterMs > 0) {
      time.pass(afterMs - 0.25);
      await turn();
      assert.equal(waiter.status, "waiting", "too early");
      assert.equal(ctx.err, undefined);
      time.pass(2);
      await turn();
    }
    assert.equal(waiter.status, "dead", "too late");
    const err = await waiter;
    assert.ok(err instanceof DeadlineExceededError);
    assert.equal(err, ctx.err);
    assert.equal(err.message, "context deadline exceeded");
  }

  const ways: Record<string, (parent: Context, ms: number) => Context> = {
    "TestDeadline: withDeadline": (parent, ms) => withDeadline(parent, time.wall + ms)[0],
    "TestDeadline: withDeadline (a Date)": (parent, ms) => withDeadline(parent, new Date(time.wall + ms))[0],
    "TestTimeout: withTimeout": (parent, ms) => withTimeout(parent, ms)[0],
  };
  for (const [name, derive] of Object.entries(ways)) {
    it(`x_test.go ${name} ends when its time is up`, async () => {
      const ctx = derive(background(), SHORT_MS);
      assert.match(String(ctx), /^context\.Background\.WithDeadline\(/);
      await checkEnds(ctx, SHORT_MS);
    });

    it(`x_test.go ${name} ends behind a context of the program's own`, async () => {
      await checkEnds(new OtherContext(derive(background(), SHORT_MS)), SHORT_MS);
    });

    it(`x_test.go ${name} does not outlive an earlier deadline, behind a context of the program's own too`, async () => {
      const parent = new OtherContext(derive(background(), SHORT_MS));
      const ctx = derive(parent, VERY_LONG_MS);
      assert.equal(ctx.deadline, parent.deadline);
      assert.match(String(ctx), /\.WithCancel$/, "it needs no timer of its own");
      await checkEnds(ctx, SHORT_MS);
    });

    it(`x_test.go ${name} in the past, or now, is over when it is made`, async () => {
      for (const ms of [-SHORT_MS, 0]) {
        const ctx = derive(background(), ms);
        assert.ok(isDone(ctx));
        assert.equal(ctx.deadline, time.wall + ms);
        await checkEnds(ctx, 0);
      }
    });
  }

  it("x_test.go TestCanceledTimeout: cancel is felt at once, and is no deadline that was exceeded", () => {
    const [c] = withTimeout(background(), 1000);
    const [child, cancel] = withTimeout(new OtherContext(c), VERY_LONG_MS);
    cancel();
    assert.ok(isDone(child));
    assert.ok(child.err instanceof ContextCanceledError);
    const first = child.err;
    time.pass(2000);
    assert.equal(child.err, first);
    assert.ok(c.err instanceof DeadlineExceededError);
  });

  interface Layers {
    readonly ctx: Context;
    readonly cancels: (() => void)[];
    readonly keys: object[];
  }

  /** Thirty layers or more, of all three kinds. */
  function layers(below: (n: number) => number, timeoutMs: number): Layers {
    const cancels: (() => void)[] = [];
    const keys: object[] = [];
    let ctx: Context = background();
    let timers = 0;
    let cancel: () => void;
    for (let i = 0; i < 30 || timers === 0 || cancels.length === 0 || keys.length === 0; i++) {
      switch (below(3)) {
        case 0: {
          const key = {};
          ctx = withValue(ctx, key, key);
          keys.push(key);
          break;
        }
        case 1:
          [ctx, cancel] = withCancel(ctx);
          cancels.push(cancel);
          break;
        default:
          [ctx, cancel] = withTimeout(ctx, timeoutMs);
          cancels.push(cancel);
          timers++;
      }
    }
    assert.match(String(ctx), /^context\.Background\./);
    return { ctx, cancels, keys };
  }

  function checkValues({ ctx, keys }: Layers): void {
    for (const key of keys) assert.equal(ctx.value(key), key);
  }

  it("x_test.go TestLayersCancel: any layer's cancel ends the last one, and every value is still found", (t) => {
    const { below } = random(t as TestContext, "go/context/deadline");
    for (let round = 0; round < 20; round++) {
      const made = layers(below, VERY_LONG_MS);
      assert.ok(!isDone(made.ctx));
      checkValues(made);
      (made.cancels[below(made.cancels.length)] as () => void)();
      assert.ok(isDone(made.ctx));
      assert.ok(made.ctx.err instanceof ContextCanceledError);
      checkValues(made);
    }
  });

  it("x_test.go TestLayersTimeout: any layer's timeout ends the last one, and every value is still found", async (t) => {
    const { below } = random(t as TestContext, "go/context/deadline");
    for (let round = 0; round < 20; round++) {
      const made = layers(below, SHORT_MS);
      assert.ok(!isDone(made.ctx));
      checkValues(made);
      await checkEnds(made.ctx, SHORT_MS);
      checkValues(made);
    }
  });

  it("x_test.go TestDeadlineExceededSupportsTimeout, net_test.go TestDeadlineExceededIsNetError: the platform knows the error as a timeout", async () => {
    const [late] = withTimeout(background(), 0);
    const [canceled, cancel] = withCancel(background());
    cancel();
    assert.deepEqual([late.err?.name, canceled.err?.name], ["TimeoutError", "AbortError"]);
    await run(function* () {
      yield* late.done();
    });
  });
});
