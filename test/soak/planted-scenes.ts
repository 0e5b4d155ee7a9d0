/** What a soak has to find: scenes that are wrong on purpose, and run only where they are asked for by name (test/prog/soak.test.ts). */
import assert from "node:assert/strict";
import { chan, type Goroutine, go, gosched, sleep } from "gort";
import type { Scene } from "./local-scenes.ts";

export const planted: Record<string, Scene> = {
  "planted-loss": function* () {
    const ch = chan<number>(1);
    const losing = go(function* (): Goroutine {
      yield* ch.recv();
    });
    yield* ch.send(1);
    yield* losing;
    assert.equal(ch.tryRecv()?.[0], 1, "the sum");
  },
  "planted-waiter": function* () {
    go(function* () {
      yield* chan<void>().recv();
    });
    yield* gosched();
  },
  "planted-timer": function* () {
    void sleep(3_600_000).then(() => {});
    yield* gosched();
  },
};
