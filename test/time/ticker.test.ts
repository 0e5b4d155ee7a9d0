/** Ticker and tick: dropped ticks, several receivers, every way to receive, what losing leaves. The clock is the test's. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { chan, go, InvalidNumberError, type RecvChan, range, select, Ticker, tick, trySelect } from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { random } from "../base/seed.ts";
import { FakeHost } from "../runtime/fake-host.ts";
import { letGo, settled } from "./virtual.ts";

describe("Ticker", () => {
  let host: FakeHost;
  let begun: number;
  const held = (): boolean => host.armed.some(({ referenced }) => referenced);
  const pass = async (ms: number): Promise<void> => {
    host.moveTo(host.now + ms);
    await settled();
  };
  /** The tick that is there, counted from the test's beginning. */
  const taken = (c: RecvChan<number>): number | undefined => {
    const received = c.tryRecv();
    return received?.[0] === undefined ? undefined : received[0] - begun;
  };

  beforeEach(() => {
    host = new FakeHost();
    host.install();
    begun = host.now;
  });
  afterEach(() => {
    assert.deepEqual([counts.waiting, held()], [0, false]);
    letGo(host);
  });

  it("ticks at multiples of its interval, however late each one is received", () => {
    const { c } = new Ticker(10);
    const seen: (number | undefined)[] = [];
    for (const at of [9.9, 10, 20, 29, 31, 45, 50]) {
      host.moveTo(begun + at);
      seen.push(taken(c));
    }
    assert.deepEqual(seen, [undefined, 10, 20, undefined, 30, 40, 50]);
  });

  it("drops the ticks that nobody received, but for the first of them", () => {
    const { c } = new Ticker(10);
    host.moveTo(begun + 57);
    assert.deepEqual([taken(c), taken(c)], [10, undefined]);
    host.moveTo(begun + 59.9);
    assert.equal(taken(c), undefined);
    host.moveTo(begun + 60);
    assert.equal(taken(c), 60);
    host.moveTo(begun + 80);
    assert.deepEqual(
      [taken(c), taken(c)],
      [70, undefined],
      "that of 80 is dropped: it was due when 70 was taken",
    );
    host.moveTo(begun + 90);
    assert.equal(taken(c), 90);
  });

  it("drops the ticks that come while its receiver is busy in the same way", async () => {
    const ticker = new Ticker(10);
    const seen: number[] = [];
    go(function* () {
      for (let i = 0; i < 4; i++) {
        seen.push(((yield* ticker.c.recv()) as number) - begun);
        if (i === 0) host.now += 25; // Computes.
      }
    });
    for (let ms = 0; ms < 80; ms++) await pass(1);
    assert.deepEqual(seen, [10, 20, 40, 50]);
    assert.equal(counts.waiting, 0);
  });

  it("serves its receivers in turn, one a tick", async () => {
    const ticker = new Ticker(10);
    const seen: string[] = [];
    for (const name of ["a", "b", "c"])
      go(function* () {
        for (let i = 0; i < 2; i++) seen.push(`${name}${((yield* ticker.c.recv()) as number) - begun}`);
      });
    await settled();
    assert.equal(counts.waiting, 1, "one timer for all of them");
    for (let ms = 0; ms < 60; ms += 5) await pass(5);
    assert.deepEqual(seen, ["a10", "b20", "c30", "a40", "b50", "c60"]);
  });

  it("wakes one receiver, not all, when it is called late", async () => {
    const ticker = new Ticker(10);
    const seen: number[] = [];
    for (let i = 0; i < 3; i++)
      go(function* () {
        seen.push(((yield* ticker.c.recv()) as number) - begun);
      });
    await settled();
    host.now = begun + 35; // The host was busy.
    await pass(0);
    assert.deepEqual(seen, [10]);
    await pass(5);
    assert.deepEqual(seen, [10, 40]);
    await pass(10);
    assert.deepEqual(seen, [10, 40, 50]);
  });

  it("gives its ticks to range, for await, select and trySelect", async () => {
    const ticker = new Ticker(10);
    const seen: unknown[] = [];
    go(function* () {
      for (const cursor = range(ticker.c); yield* cursor.next(); ) {
        seen.push(cursor.value - begun);
        if (seen.length === 2) break;
      }
      const s = yield* select({ tick: ticker.c.recv(), ok: ticker.c.recvOk() });
      seen.push(s.case);
    });
    for (let i = 0; i < 3; i++) await pass(10);
    assert.deepEqual(seen.slice(0, 2), [10, 20]);
    assert.ok(seen[2] === "tick" || seen[2] === "ok");
    const loop = (async () => {
      for await (const at of ticker.c) {
        seen.push(at - begun);
        if (seen.length === 5) break;
      }
    })();
    for (let i = 0; i < 2; i++) await pass(10);
    await loop;
    assert.deepEqual(seen.slice(3), [40, 50]);
    assert.equal(counts.waiting, 0, "leaving the loop leaves no receiver");
    assert.equal(trySelect({ tick: ticker.c.recv() }), undefined);
    await pass(10);
    assert.deepEqual(trySelect({ tick: ticker.c.recv() }), { case: "tick", value: begun + 60 });
  });

  it("that loses a select leaves nothing with the host, and no tick is lost", async () => {
    const ticker = new Ticker(10);
    const ch = chan<number>();
    const cases: unknown[] = [];
    go(function* () {
      for (let i = 0; i < 3; i++) cases.push(yield* select({ tick: ticker.c.recv(), got: ch.recv() }));
    });
    await settled();
    ch.trySend(1);
    assert.deepEqual([counts.waiting, held()], [0, false]);
    host.now += 10; // Due while nobody waits.
    await settled();
    await pass(10);
    assert.deepEqual(cases, [
      { case: "got", value: 1 },
      { case: "tick", value: begun + 10 },
      { case: "tick", value: begun + 20 },
    ]);
  });

  it("that is stopped gives nothing, also not what was there, until a reset", async () => {
    const ticker = new Ticker(10);
    host.moveTo(begun + 15);
    assert.equal(ticker.stop(), undefined);
    ticker.stop();
    assert.equal(taken(ticker.c), undefined);
    const seen: number[] = [];
    go(function* () {
      for (let i = 0; i < 2; i++) seen.push(((yield* ticker.c.recv()) as number) - begun);
    });
    await pass(100);
    assert.deepEqual([seen, counts.waiting], [[], 0]);
    assert.equal(ticker.reset(7), undefined);
    await pass(7);
    assert.deepEqual([seen, counts.waiting], [[122], 1]);
    ticker.stop();
    assert.equal(counts.waiting, 0);
    await pass(100);
    ticker.reset(3);
    await pass(3);
    assert.deepEqual(seen, [122, 225]);
  });

  it("counts from a reset on, with the new interval", () => {
    const ticker = new Ticker(10);
    host.moveTo(begun + 19);
    ticker.reset(4);
    assert.equal(taken(ticker.c), undefined, "the tick of 10 is gone");
    const seen: (number | undefined)[] = [];
    for (let at = 20; at < 40; at++) {
      host.moveTo(begun + at);
      seen.push(taken(ticker.c));
    }
    assert.deepEqual(
      seen.filter((one) => one !== undefined),
      [23, 27, 31, 35, 39],
    );
  });

  it("is nothing to the host while nobody receives", async () => {
    const ticker = new Ticker(10);
    const c = tick(10);
    await pass(1000);
    assert.deepEqual([counts.waiting, host.timers.length], [0, 0]);
    assert.deepEqual([taken(ticker.c), taken(c)], [10, 10]);
    assert.deepEqual([counts.waiting, host.timers.length], [0, 0]);
  });

  it("of any interval gives ticks that go forward, and each is due when it comes", (t) => {
    const { below } = random(t, "time/ticker");
    for (const interval of [0.1, 1 / 3, 7, 1e-6, 1e-300, 5e-324, 2 ** 40, 1e300, Number.MAX_VALUE]) {
      const from = host.now;
      const { c } = new Ticker(interval);
      let last = from;
      let takenAt = from;
      for (let i = 0; i < 300; i++) {
        host.now += below(1000) / 64;
        const received = c.tryRecv();
        if (received === undefined) {
          assert.ok(host.now - takenAt <= interval, `a tick of ${interval} is missing`);
          continue;
        }
        const [at] = received as [number, true];
        assert.ok(at <= host.now && at >= last, `a tick of ${interval} at ${at}, after ${last}`);
        last = at;
        takenAt = host.now;
        if (interval >= 0.1) assert.equal(c.tryRecv(), undefined, `a second tick of ${interval} at once`);
        const multiples = (at - from) / interval;
        if (interval >= 0.1)
          assert.ok(
            Math.abs(multiples - Math.round(multiples)) < 1e-6,
            `${multiples} intervals of ${interval}`,
          );
      }
      if (interval < 15) assert.ok(last > from, `${interval} never ticks`);
    }
  });

  it("agrees with a model, whatever is done to it", async (t) => {
    const { below } = random(t, "time/ticker");
    for (let round = 0; round < 200; round++) {
      const ticker = new Ticker(5);
      let [next, interval, active, waiting] = [host.now + 5, 5, true, 0];
      const received: (number | undefined)[] = [];
      const expected: number[] = [];
      const advance = (): void => {
        while (next <= host.now) next += interval;
      };
      for (let step = 0; step < 60; step++) {
        const due = active && next <= host.now && waiting === 0;
        switch (below(7)) {
          case 0:
            ticker.stop();
            active = false;
            break;
          case 1:
            interval = 1 + below(20);
            ticker.reset(interval);
            [active, next] = [true, host.now + interval];
            break;
          case 2:
            assert.deepEqual(ticker.c.tryRecv(), due ? [next, true] : undefined);
            if (due) advance();
            break;
          case 3:
            if (due) {
              expected.push(next);
              advance();
            } else {
              waiting++;
            }
            void ticker.c.recv().then((value) => received.push(value));
            break;
          default:
            for (let ms = 1 + below(12); ms > 0; ms--) {
              host.moveTo(host.now + 1);
              if (waiting > 0 && active && next <= host.now) {
                expected.push(next);
                waiting--;
                advance();
              }
            }
        }
        await settled();
        assert.deepEqual(received, expected);
        assert.equal(counts.waiting, waiting > 0 && active ? 1 : 0);
      }
      // So that nobody is left waiting.
      ticker.reset(1);
      host.moveTo(host.now + waiting + 1);
      await settled();
    }
  });

  it("refuses intervals that are no number or not above nothing, and stays as it was", () => {
    const ticker = new Ticker(10);
    for (const wrong of [Number.NaN, "1", undefined, null]) {
      assert.throws(
        () => new Ticker(wrong as number),
        /^RangeError: Ticker needs a number of milliseconds, got /,
      );
      assert.throws(() => ticker.reset(wrong as number), /^RangeError: Ticker\.reset needs a number of mill/);
      assert.throws(() => tick(wrong as number), /^RangeError: tick needs a number of milliseconds, got /);
    }
    for (const wrong of [0, -0, -1, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => new Ticker(wrong), InvalidNumberError);
      assert.throws(() => ticker.reset(wrong), { code: "GORT_INVALID_NUMBER" });
    }
    host.moveTo(begun + 10);
    assert.equal(taken(ticker.c), 10);
  });

  it("of Infinity never ticks", () => {
    const ticker = new Ticker(Number.POSITIVE_INFINITY);
    host.moveTo(begun + 1e12);
    assert.equal(taken(ticker.c), undefined);
    ticker.reset(5);
    host.moveTo(host.now + 5);
    assert.equal(taken(ticker.c), 1e12 + 5);
  });
});

describe("tick", () => {
  it("of nothing or less is a channel that never gives anything", () => {
    for (const ms of [0, -1, Number.NEGATIVE_INFINITY]) {
      const c = tick(ms);
      assert.deepEqual([c.tryRecv(), c.length, c.capacity, c.closed], [undefined, 0, 0, false]);
    }
  });
});
