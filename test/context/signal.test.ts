/**
 * ctx.signal: an AbortSignal that the platform takes as its own.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  background,
  ContextCanceledError,
  cause,
  DeadlineExceededError,
  go,
  run,
  todo,
  wait,
  withCancel,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { mustBlock, panicOf, turn } from "../go/support.ts";

describe("ctx.signal", () => {
  it("is an AbortSignal, the same one each time", () => {
    const [ctx] = withCancel(background());
    for (const one of [ctx, background(), todo(), withValue(ctx, "k", 1), withoutCancel(ctx)]) {
      assert.ok(one.signal instanceof AbortSignal, String(one));
      assert.equal(one.signal, one.signal);
      assert.equal(one.signal.aborted, false);
      assert.equal(one.signal.reason, undefined);
    }
  });

  it("is aborted with the cause, when the context ends and at once", () => {
    const why = new Error("why");
    const [ctx, cancel] = withCancel(background());
    const [child] = withTimeout(withValue(ctx, "k", 1), 3_600_000);
    const seen: unknown[] = [];
    for (const one of [ctx, child]) {
      one.signal.addEventListener("abort", (event) => seen.push(event.type, one.signal.reason, one.err));
    }
    cancel(why);
    assert.deepEqual(seen, ["abort", why, ctx.err, "abort", why, ctx.err]);
    assert.throws(() => ctx.signal.throwIfAborted(), why);
  });

  it("that is asked for afterwards is aborted, with the same reason", () => {
    const why = new Error("why");
    const [canceled, cancel] = withCancel(background());
    cancel(why);
    assert.deepEqual([canceled.signal.aborted, canceled.signal.reason], [true, why]);
    const [late] = withTimeout(background(), 0);
    assert.deepEqual([late.signal.aborted, late.signal.reason], [true, late.err]);
    assert.ok(withCancel(canceled)[0].signal.aborted);
  });

  it("without a cause has the names that the platform looks for", () => {
    const [canceled, cancel] = withCancel(background());
    cancel();
    assert.ok(canceled.signal.reason instanceof ContextCanceledError);
    assert.equal(canceled.signal.reason.name, "AbortError");
    const { reason } = withTimeout(background(), 0)[0].signal;
    assert.ok(reason instanceof DeadlineExceededError);
    assert.equal(reason.name, "TimeoutError");
  });

  it("can be joined with others", () => {
    const [ctx, cancel] = withCancel(background());
    const joined = AbortSignal.any([ctx.signal, new AbortController().signal]);
    cancel();
    assert.deepEqual([joined.aborted, joined.reason], [true, cause(ctx)]);
  });

  it("ends a file's reading and a pause of the platform's", async () => {
    for (const before of [true, false]) {
      const [ctx, cancel] = withCancel(background());
      if (before) cancel();
      const file = readFile(fileURLToPath(import.meta.url), { signal: ctx.signal });
      const paused = pause(3_600_000, undefined, { signal: ctx.signal });
      if (!before) cancel();
      const isAbort = (error: Error): boolean => error.name === "AbortError" && error.cause === ctx.err;
      await Promise.all([file, paused].map((promise) => assert.rejects(promise, isAbort)));
    }
  });

  it("of a deadline ends a pause that nobody of gort's waits for", async () => {
    const [ctx] = withTimeout(background(), 1);
    await assert.rejects(pause(3_600_000, undefined, { signal: ctx.signal }), (error: Error) => {
      assert.equal(error.cause, ctx.err);
      return ctx.err instanceof DeadlineExceededError;
    });
  });
});

describe("ctx.signal and fetch", () => {
  let server: Server;
  let url: string;
  /** Called when a request has come that is never answered. */
  let arrived: () => void = () => {};
  /** Called when its connection has closed. */
  let left: () => void = () => {};

  before(async () => {
    server = createServer((request) => {
      request.socket.once("close", () => left());
      arrived();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const once = (set: (resolve: () => void) => void): Promise<void> =>
    new Promise<void>((resolve) => set(resolve));

  for (const why of [undefined, new Error("the user has left")]) {
    it(`a request ends with its context ${why ? "and the cause" : ""}, and nothing is pending`, async () => {
      const requested = once((resolve) => {
        arrived = resolve;
      });
      const closed = once((resolve) => {
        left = resolve;
      });
      await run(function* () {
        const [ctx, cancel] = withCancel(background());
        const caller = go(function* () {
          return yield* panicOf(() => wait(fetch(url, { signal: ctx.signal })) as never);
        });
        yield* mustBlock(caller, "fetch");
        yield* wait(requested);
        assert.equal(caller.status, "waiting");
        cancel(why);
        assert.equal(yield* caller, why ?? ctx.err);
        yield* wait(closed);
      });
      assert.equal(counts.waiting, 0);
    });
  }

  it("a request that its context gives up with ctx.wait is nobody's unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on("unhandledRejection", note);
    try {
      const requested = once((resolve) => {
        arrived = resolve;
      });
      const closed = once((resolve) => {
        left = resolve;
      });
      await run(function* () {
        const [ctx, cancel] = withCancel(background());
        const caller = go(function* () {
          return yield* panicOf(() => ctx.wait(wait(fetch(url, { signal: ctx.signal }))) as never);
        });
        yield* wait(requested);
        cancel(new Error("why"));
        assert.equal(yield* caller, ctx.err);
        yield* wait(closed);
        // And one that begins when the context is over.
        const error = yield* panicOf(() => ctx.wait(wait(fetch(url, { signal: ctx.signal }))) as never);
        assert.equal(error, ctx.err);
      });
      await turn();
      await turn();
      assert.deepEqual(unhandled, []);
      assert.equal(counts.waiting, 0);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});
