/** Who runs when: first come, first served, for goroutines and async code alike; what gosched and go do to the order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, go, gosched, run, runtime } from "gort";
import { clock } from "#src/runtime/clock.ts";
import { order } from "#src/runtime/order.ts";

describe("the order in which goroutines run", () => {
  it("is that in which they were started, and none runs inside go", async () => {
    const seen: string[] = [];
    await run(function* () {
      for (let i = 0; i < 5; i++) {
        go(function* () {
          seen.push(`g${i}`);
        });
        go(async () => seen.push(`a${i}`));
        go(() => seen.push(`p${i}`));
      }
      seen.push("main");
      yield* gosched();
    });
    assert.deepEqual(seen, ["main", ...[0, 1, 2, 3, 4].flatMap((i) => [`g${i}`, `a${i}`, `p${i}`])]);
  });

  it("does not run a goroutine inside go outside goroutines either", async () => {
    let ran = false;
    const h = go(() => {
      ran = true;
    });
    assert.deepEqual([ran, h.status], [false, "runnable"]);
    await h;
    assert.deepEqual([ran, h.status], [true, "dead"]);
  });

  it("with gosched is a round: each runs once before anyone runs twice", async () => {
    const seen: number[] = [];
    await run(function* () {
      const all = [0, 1, 2, 3].map((id) =>
        go(function* () {
          for (let i = 0; i < 50; i++) {
            seen.push(id);
            yield* gosched();
          }
        }),
      );
      for (const h of all) yield* h;
    });
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, i) => i % 4),
    );
  });

  it("with gosched of the only goroutine goes on, and still lets in the async code that it has woken", async (t) => {
    const stands = clock.read();
    t.mock.method(clock, "read", () => stands); // So that no slice ends: only giving way can let it in.
    const ch = chan<number>();
    let got = 0;
    const receiver = (async () => {
      got = (await ch.recv()) ?? -1;
    })();
    const turns = await run(function* () {
      yield* gosched();
      ch.trySend(7);
      let n = 0;
      for (; got === 0 && n < 100_000; n++) yield* gosched();
      return n;
    });
    await receiver;
    assert.equal(got, 7);
    assert.ok(turns < 1000, `${turns} turns`);
  });

  it("serves those who wait for a channel in the order they came, async code among them", async () => {
    const ch = chan<number>();
    const seen: string[] = [];
    await run(function* () {
      for (let i = 0; i < 4; i++) {
        go(function* () {
          seen.push(`g${i} ${yield* ch.recv()}`);
        });
        yield* gosched();
        ch.recv().then((value) => seen.push(`a${i} ${value}`));
      }
      for (let i = 0; i < 8; i++) yield* ch.send(i);
      yield* gosched();
    });
    assert.deepEqual(
      seen,
      [0, 1, 2, 3].flatMap((i) => [`g${i} ${2 * i}`, `a${i} ${2 * i + 1}`]),
    );
  });

  it("wakes those who wait for a goroutine in the order they came, and each time anew", async () => {
    const seen: number[] = [];
    await run(function* () {
      const gate = chan<void>();
      const h = go(function* () {
        yield* gate.recv();
        return 7;
      });
      const waiters = [0, 1, 2].map((i) =>
        go(function* () {
          assert.equal(yield* h, 7);
          seen.push(i);
        }),
      );
      yield* gosched();
      gate.close();
      for (const w of waiters) yield* w;
      assert.equal(yield* h, 7);
    });
    assert.deepEqual(seen, [0, 1, 2]);
  });

  it("never calls an await's callback before the code that waits has ended", async () => {
    const seen: string[] = [];
    const ch = chan<number>(1);
    ch.trySend(1);
    const done = ch.recv().then(() => seen.push("callback"));
    seen.push("code");
    await done;
    assert.deepEqual(seen, ["code", "callback"]);
  });

  it("can be chosen through the seam", async () => {
    const seen: number[] = [];
    try {
      order.chooser = { next: (count) => count - 1 };
      const all = [0, 1, 2, 3, 4].map((i) => go(() => seen.push(i)));
      for (const h of all) await h;
    } finally {
      order.chooser = null;
    }
    assert.deepEqual(seen, [4, 3, 2, 1, 0]);
  });
});

describe("a goroutine's number", () => {
  it("is its own, and outside any goroutine there is none", async () => {
    assert.equal(runtime.goid(), 0);
    await run(function* () {
      const mine = runtime.goid();
      const [a, b] = [go(() => runtime.goid()), go(() => runtime.goid())];
      assert.deepEqual([yield* a, yield* b], [a.id, b.id]);
      assert.equal(new Set([mine, a.id, b.id]).size, 3);
      assert.equal(runtime.goid(), mine);
    });
    assert.equal(runtime.goid(), 0);
  });

  it("names and counts", async () => {
    const before = runtime.numGoroutine();
    const h = go(function* worker() {
      yield* gosched();
    });
    assert.deepEqual([h.name, runtime.numGoroutine()], ["worker", before + 1]);
    await h;
    assert.equal(runtime.numGoroutine(), before);
  });
});
