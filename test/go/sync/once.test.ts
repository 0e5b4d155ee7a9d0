/**
 * Go: sync/once_test.go. The function runs once, and nobody returns from `do` before it has ended.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { go, gosched, Once } from "gort";
import { inMain, panicOf } from "../support.ts";

for (const turns of [0, 3]) {
  test(
    `once_test.go TestOnce: of ten that call it one runs the function, which gives way ${turns} times`,
    inMain(function* () {
      const once = new Once();
      let count = 0;
      const all = Array.from({ length: 10 }, () =>
        go(function* () {
          yield* once.do(function* () {
            for (let i = 0; i < turns; i++) yield* gosched();
            count++;
          });
          assert.equal(count, 1);
        }),
      );
      for (const one of all) yield* one;
      assert.equal(count, 1);
    }),
  );
}

test(
  "once_test.go TestOncePanic: a function that throws has been run",
  inMain(function* () {
    const once = new Once();
    const failure = new Error("failed");
    const error = yield* panicOf(function* () {
      yield* once.do(() => {
        throw failure;
      });
    });
    assert.equal(error, failure);
    yield* once.do(() => assert.fail("called twice"));
  }),
);
