/**
 * withTimeout and withDeadline at the edges: odd numbers, long times, clocks that jump; and who keeps a timer.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  go,
  InvalidNumberError,
  select,
  trySelect,
  withCancel,
  withDeadline,
  withTimeout,
  withValue,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { isDone, OtherContext } from "../go/context/custom.ts";
import { turn } from "../go/support.ts";
import { EPOCH, FakeTime } from "./fake-time.ts";

const LONGEST_HOST_DELAY_MS = 0x7fffffff;

describe("a deadline", () => {
  let time: FakeTime;
  beforeEach(() => {
    assert.equal(counts.waiting, 0);
    time = new FakeTime();
    time.install();
  });
  afterEach(() => {
    time.pass(2 ** 41);
    time.restore();
    assert.equal(counts.waiting, 0);
  });

  /** The status of somebody who waits for `ctx`. */
  function watch(ctx: Context): () => string {
    const handle = go(function* () {
      yield* ctx.done();
    });
    return () => handle.status;
  }

  it("that has passed is seen by code that lets no timer fire, however it asks", () => {
    const late = (): Context => {
      const [ctx] = withTimeout(background(), 5);
      time.now += 10; // The clock alone: nothing is called.
      return ctx;
    };
    const child = (ctx: Context): Context => withValue(withCancel(ctx)[0], "k", 1);
    const asks: Record<string, (ctx: Context) => boolean> = {
      err: (ctx) => ctx.err instanceof DeadlineExceededError,
      done: (ctx) => trySelect({ over: ctx.done() }) !== undefined,
      signal: (ctx) => ctx.signal.aborted,
      cause: (ctx) => cause(ctx) instanceof DeadlineExceededError,
      derived: (ctx) => withTimeout(ctx, 1000)[0].err !== undefined,
      wait: (ctx) => {
        const ch = chan<number>(1);
        ch.trySend(1);
        try {
          trySelect({ over: ctx.wait(ch.recv()) });
          return false;
        } catch (error) {
          return error === ctx.err && ch.length === 1;
        }
      },
    };
    for (const [name, ask] of Object.entries(asks)) {
      assert.ok(ask(late()), name);
      const [parent] = withTimeout(background(), 5);
      const derived = child(parent);
      time.now += 10;
      assert.ok(ask(derived), `${name} of a derived one`);
    }
    const [ctx, cancel] = withTimeout(background(), 5);
    time.now += 10;
    cancel();
    assert.ok(ctx.err instanceof DeadlineExceededError, "the deadline was first");
  });

  it("is epoch milliseconds, of a timeout as well, and of descendants", () => {
    const [ctx] = withTimeout(background(), 1500);
    assert.equal(ctx.deadline, EPOCH + 1500);
    assert.equal(withValue(withCancel(ctx)[0], "k", 1).deadline, EPOCH + 1500);
    assert.equal(withTimeout(ctx, 500)[0].deadline, EPOCH + 500);
    assert.equal(withTimeout(ctx, 5000)[0].deadline, EPOCH + 1500);
    assert.equal(withDeadline(background(), EPOCH + 7)[0].deadline, EPOCH + 7);
    assert.equal(withDeadline(background(), new Date(EPOCH + 7))[0].deadline, EPOCH + 7);
    assert.equal(withDeadline(withCancel(background())[0], new Date(0))[0].deadline, 0);
    assert.equal(withCancel(background())[0].deadline, undefined);
  });

  it("does not move when its Date does", () => {
    const date = new Date(EPOCH + 1000);
    const [ctx] = withDeadline(background(), date);
    date.setTime(0);
    assert.equal(ctx.deadline, EPOCH + 1000);
  });

  it("of zero or less, or minus infinity, is over at once", () => {
    for (const ms of [0, -0, -1, -1e9, Number.NEGATIVE_INFINITY]) {
      const [ctx, cancel] = withTimeout(background(), ms);
      assert.ok(ctx.err instanceof DeadlineExceededError, String(ms));
      assert.ok(ctx.signal.aborted);
      cancel();
      assert.ok(ctx.err instanceof DeadlineExceededError);
    }
    assert.ok(withDeadline(background(), EPOCH - 1)[0].err instanceof DeadlineExceededError);
    assert.ok(withDeadline(background(), Number.NEGATIVE_INFINITY)[0].err instanceof DeadlineExceededError);
  });

  it("that is no number, or no date, is refused", () => {
    const wrong = { constructor: InvalidNumberError, code: "GORT_INVALID_NUMBER" };
    for (const ms of [Number.NaN, undefined, null, "5", 5n, {}, new Date()]) {
      assert.throws(() => withTimeout(background(), ms as never), wrong, `withTimeout ${String(ms)}`);
    }
    for (const date of [Number.NaN, undefined, null, "2033-01-01", 5n, {}, new Date(Number.NaN)]) {
      assert.throws(() => withDeadline(background(), date as never), wrong, `withDeadline ${String(date)}`);
    }
    assert.throws(() => withTimeout(background(), Number.NaN), /got the number NaN|NaN/);
    assert.equal(counts.waiting, 0);
  });

  it("of infinity never comes; it is cancelled as any other", async () => {
    for (const [ctx, cancel] of [
      withTimeout(background(), Number.POSITIVE_INFINITY),
      withDeadline(background(), Number.POSITIVE_INFINITY),
    ]) {
      const status = watch(ctx);
      await turn();
      time.pass(2 ** 40);
      await turn();
      assert.equal(status(), "waiting");
      assert.equal(isDone(ctx), false);
      assert.doesNotThrow(() => String(ctx));
      cancel();
      await turn();
      assert.equal(status(), "dead");
      assert.ok(ctx.err instanceof ContextCanceledError);
    }
  });

  it("below one of infinity is kept", () => {
    const [forever] = withTimeout(background(), Number.POSITIVE_INFINITY);
    assert.equal(withTimeout(forever, 10)[0].deadline, EPOCH + 10);
    const [soon] = withTimeout(background(), 10);
    assert.equal(withTimeout(soon, Number.POSITIVE_INFINITY)[0].deadline, EPOCH + 10);
  });

  it("beyond what the host counts is kept to the millisecond", async () => {
    const ms = 3 * LONGEST_HOST_DELAY_MS + 12_345;
    const [ctx] = withTimeout(background(), ms);
    assert.equal(isDone(ctx), false);
    const status = watch(ctx);
    await turn();
    time.pass(ms - 1);
    await turn();
    assert.equal(status(), "waiting");
    time.pass(1);
    await turn();
    assert.equal(status(), "dead");
    assert.ok(ctx.err instanceof DeadlineExceededError);
  });

  it("beyond what a Date can say still prints", () => {
    for (const ms of [8.64e15, 1e300, Number.MAX_VALUE]) {
      const [ctx] = withTimeout(background(), ms);
      assert.match(String(ctx), /^context\.Background\.With/);
      assert.equal(ctx.err, undefined);
    }
  });

  it("comes although nobody waits, as soon as anybody looks", async () => {
    const [ctx] = withTimeout(background(), 10);
    const [child] = withCancel(ctx);
    time.pass(10);
    await turn();
    assert.ok(ctx.err instanceof DeadlineExceededError);
    assert.equal(child.err, ctx.err);
    assert.ok(child.signal.aborted);
  });

  it("takes its descendants along when it comes, those with later deadlines of their own too", async () => {
    const [ctx] = withTimeout(background(), 10);
    const [earlier] = withTimeout(ctx, 5);
    const [child] = withTimeout(new OtherContext(withValue(ctx, "k", 1)), 20);
    const statuses = [ctx, earlier, child].map(watch);
    await turn();
    time.pass(6);
    await turn();
    assert.deepEqual(
      statuses.map((status) => status()),
      ["waiting", "dead", "waiting"],
    );
    time.pass(5);
    await turn();
    assert.deepEqual(
      statuses.map((status) => status()),
      ["dead", "dead", "dead"],
    );
    assert.equal(child.err, ctx.err);
    assert.notEqual(earlier.err, ctx.err);
  });

  it("does not care for a wall clock that jumps", async () => {
    for (const jump of [3_600_000, -3_600_000]) {
      const contexts = [withTimeout(background(), 1000)[0], withDeadline(background(), time.wall + 1000)[0]];
      const statuses = contexts.map(watch);
      await turn();
      time.jumped += jump;
      time.pass(999);
      await turn();
      for (const status of statuses) assert.equal(status(), "waiting", `set by ${jump} ms`);
      for (const ctx of contexts) assert.equal(ctx.err, undefined);
      time.pass(1);
      await turn();
      for (const status of statuses) assert.equal(status(), "dead", `set by ${jump} ms`);
    }
  });

  it("holds the host only while somebody waits for the context or a descendant", async () => {
    const [ctx, cancel] = withTimeout(background(), 1000);
    const [child] = withCancel(withValue(ctx, "k", 1));
    const [sibling, cancelSibling] = withTimeout(ctx, 500);
    assert.equal(counts.waiting, 0, "made and forgotten");
    const alive = (): boolean => time.armed.some(({ referenced }) => referenced);
    assert.equal(alive(), false);

    const quit = chan<void>();
    const wait = (one: Context): void => {
      go(function* () {
        yield* select({ done: one.done(), quit: quit.recv() });
      });
    };
    for (const one of [ctx, child, sibling, new OtherContext(child), withCancel(new OtherContext(ctx))[0]]) {
      wait(one);
      await turn();
      assert.ok(counts.waiting > 0, String(one));
      assert.equal(alive(), true, String(one));
      assert.equal(quit.trySend(), true);
      await turn();
      assert.equal(counts.waiting, 0, String(one));
      assert.equal(alive(), false, String(one));
    }

    const stop = contextAfterFunc(child, () => {});
    assert.ok(counts.waiting > 0 && alive(), "a function waits");
    stop();
    assert.equal(counts.waiting, 0);
    assert.equal(alive(), false);

    wait(sibling);
    wait(child);
    await turn();
    cancelSibling();
    await turn();
    assert.ok(counts.waiting > 0, "the child is still waited for");
    cancel();
    await turn();
    assert.equal(counts.waiting, 0);
    assert.equal(alive(), false);
  });

  it("that is cancelled leaves no timer of the host that would hold the process", async () => {
    const [ctx, cancel] = withTimeout(background(), 1000);
    const status = watch(ctx);
    await turn();
    cancel();
    assert.equal(
      time.armed.some(({ referenced }) => referenced),
      false,
    );
    await turn();
    assert.equal(status(), "dead");
  });
});
