/**
 * Virtual time (test/time/virtual.ts) with the wall clock in step: a context's deadline is a date.
 *
 * Go: what testTime is to x/time/rate's tests.
 */
import assert from "node:assert/strict";
import { type Goroutine, run } from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { FakeTime } from "../../context/fake-time.ts";
import { drive, letGo, settled } from "../../time/virtual.ts";

/** A `node:test` body that runs `main` as the program's main goroutine. In the end nobody may wait for the host. */
export function inFakeTime(main: (time: FakeTime) => Goroutine): () => Promise<void> {
  return async () => {
    const time = new FakeTime();
    time.install();
    try {
      await drive(
        time,
        run(() => main(time)),
      );
      await settled();
      assert.equal(counts.waiting, 0, "somebody still waits for the host");
    } finally {
      letGo(time);
    }
  };
}
