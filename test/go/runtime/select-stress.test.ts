/**
 * Go: runtime/chan_test.go TestSelfSelect, TestSelectStress, TestSelectDuplicateChannel. Selects that meet selects, on
 * the same channels, on both sides.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chan, chan, type Goroutine, go, select } from "gort";
import { inMain, must, rest } from "../support.ts";

for (const capacity of [0, 10]) {
  test(
    `chan_test.go TestSelfSelect: two goroutines that select to send and to receive, capacity ${capacity}`,
    inMain(function* () {
      const c = chan<number>(capacity);
      const handles = [0, 1].map((p) =>
        go(function* () {
          for (let i = 0; i < 1000; i++) {
            const s =
              p === 0 || i % 2 === 0
                ? yield* select({ sent: c.send(p), got: c.recv() })
                : yield* select({ got: c.recv(), sent: c.send(p) });
            if (s.case === "got" && capacity === 0) assert.equal(s.value, 1 - p, "received from itself");
          }
        }),
      );
      for (const h of handles) yield* h;
    }),
  );
}

test(
  "chan_test.go TestSelectStress: senders, receivers, a sending and a receiving select on four channels",
  inMain(function* () {
    const N = 5000;
    const chans: readonly Chan<number>[] = [chan<number>(), chan<number>(), chan<number>(2), chan<number>(3)];
    let received = 0;
    const handles = chans.flatMap((c, k) => [
      go(function* () {
        for (let i = 0; i < N; i++) yield* c.send(k);
      }),
      go(function* () {
        for (let i = 0; i < N; i++) {
          assert.equal(yield* c.recv(), k);
          received++;
        }
      }),
    ]);
    /** N operations on each channel, through one select; a channel that has had its N is switched off. */
    const selectAll = function* (sending: boolean): Goroutine {
      const left = chans.map(() => N);
      for (let i = 0; i < 4 * N; i++) {
        const on = (k: number) => {
          const c = chans[k] as Chan<number>;
          return left[k] === 0 ? null : sending ? c.send(k) : c.recv();
        };
        const s = yield* sending
          ? select({ c3: on(3), c2: on(2), c0: on(0), c1: on(1) })
          : select({ c0: on(0), c1: on(1), c2: on(2), c3: on(3) });
        const k = Number(s.case.slice(1));
        if (!sending) {
          assert.equal(s.value, k);
          received++;
        }
        left[k] = must(left[k]) - 1;
      }
    };
    handles.push(go(selectAll, true), go(selectAll, false));
    for (const h of handles) yield* h;
    assert.equal(received, 8 * N);
  }),
);

test(
  "chan_test.go TestSelectDuplicateChannel: one goroutine twice in one queue, taken out by another channel",
  inMain(function* () {
    const c = chan<number>();
    const d = chan<number>();
    const e = chan<number>();
    const a = go(function* () {
      const s = yield* select({ c1: c.recv(), c2: c.recv(), d: d.recv() });
      assert.deepEqual(s, { case: "d", value: 7 });
      yield* e.send(9);
    });
    yield* rest(a);
    const b = go(function* () {
      return yield* c.recv();
    });
    yield* rest(b);
    yield* d.send(7);
    assert.equal(yield* e.recv(), 9);
    yield* c.send(8);
    assert.equal(yield* b, 8);
    yield* a;
  }),
);
