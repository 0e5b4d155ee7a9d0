/**
 * Go: context/example_test.go ExampleWithCancel, ExampleWithDeadline, ExampleWithTimeout. (ExampleWithValue is in values.test.ts, the ones of
 * AfterFunc in afterfunc.test.ts, except ExampleAfterFunc_connection: a connection's deadlines are gort/net's.)
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, test } from "node:test";
import {
  background,
  type Context,
  chan,
  go,
  type RecvChan,
  range,
  run,
  runtime,
  select,
  withCancel,
  withDeadline,
  withTimeout,
} from "gort";
import { FakeTime } from "../../context/fake-time.ts";
import { inMain, rest, turn } from "../support.ts";

test(
  "example_test.go ExampleWithCancel: a generator's goroutine ends when its consumer cancels",
  inMain(function* () {
    const begun = runtime.numGoroutine();
    const gen = (ctx: Context): RecvChan<number> => {
      const dst = chan<number>();
      go(function* () {
        for (let n = 1; ; n++) {
          const s = yield* select({ done: ctx.done(), sent: dst.send(n) });
          if (s.case === "done") return;
        }
      });
      return dst;
    };
    const [ctx, cancel] = withCancel(background());
    const got: number[] = [];
    for (const n = range(gen(ctx)); yield* n.next(); ) {
      got.push(n.value);
      if (n.value === 5) break;
    }
    assert.deepEqual(got, [1, 2, 3, 4, 5]);
    assert.equal(runtime.numGoroutine(), begun + 1);
    cancel();
    yield* rest(go(() => {}));
    assert.equal(runtime.numGoroutine(), begun);
  }),
);

describe("a function that blocks gives up", () => {
  let time: FakeTime;
  beforeEach(() => {
    time = new FakeTime();
    time.install();
  });
  afterEach(() => time.restore());

  for (const [name, make] of [
    ["ExampleWithDeadline", () => withDeadline(background(), new Date(time.wall + 1))],
    ["ExampleWithTimeout", () => withTimeout(background(), 1)],
  ] as const) {
    it(`example_test.go ${name}: when the time is up`, async () => {
      const [ctx, cancel] = make();
      const main = run(function* () {
        const s = yield* select({ ready: chan<never>().recv(), done: ctx.done() });
        cancel();
        return s.case === "done" ? ctx.err?.message : "ready";
      });
      await turn();
      time.pass(3);
      assert.equal(await main, "context deadline exceeded");
    });
  }
});
