/** after and afterFunc: what gort promises beyond Go's facts (test/go/time). The clock is the test's. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { after, afterFunc, go, InvalidNumberError, NotAFunctionError, now, sleep, Timer } from "gort";
import { clock } from "#src/runtime/clock.ts";
import { host as counts } from "#src/runtime/netpoll.ts";
import { random } from "../base/seed.ts";
import { FakeHost } from "../runtime/fake-host.ts";
import { letGo, settled } from "./virtual.ts";

const LONGEST = 0x7fffffff;

let host: FakeHost;
const held = (): boolean => host.armed.some(({ referenced }) => referenced);

beforeEach(() => {
  host = new FakeHost();
  host.install();
});
afterEach(() => {
  assert.equal(counts.waiting, 0);
  letGo(host);
});

describe("after", () => {
  it("gives the time when it was due, once, and not before", async () => {
    const begun = host.now;
    const c = after(10.25);
    host.moveTo(begun + 10.2);
    assert.equal(c.tryRecv(), undefined);
    host.moveTo(begun + 11);
    assert.deepEqual(c.tryRecv(), [begun + 10.25, true]);
    assert.equal(c.tryRecv(), undefined);
  });

  it("counts from the call, not from the receive", async () => {
    const c = after(100);
    host.moveTo(host.now + 60);
    const values: unknown[] = [];
    void c.recv().then((value) => values.push(value));
    host.moveTo(host.now + 39);
    await settled();
    assert.deepEqual(values, []);
    host.moveTo(host.now + 1);
    await settled();
    assert.deepEqual(values, [host.now]);
  });

  it("is there at once when it is for nothing or less", () => {
    for (const ms of [0, -0, -5, Number.NEGATIVE_INFINITY])
      assert.deepEqual(after(ms).tryRecv(), [host.now, true]);
  });

  it("beyond the host's longest delay is waited for in stages; Infinity never comes", async () => {
    const begun = host.now;
    const seen: string[] = [];
    void after(2 * LONGEST + 1000)
      .recv()
      .then(() => seen.push("far"));
    const never = after(Number.POSITIVE_INFINITY);
    host.moveTo(begun + LONGEST);
    host.moveTo(begun + 2 * LONGEST + 999);
    await settled();
    assert.deepEqual(seen, []);
    host.moveTo(begun + 2 * LONGEST + 1000);
    await settled();
    assert.deepEqual(seen, ["far"]);
    assert.equal(never.tryRecv(), undefined);
  });

  it("is nothing to the host unless somebody receives", async () => {
    const c = after(50);
    assert.deepEqual([counts.waiting, host.armed.length], [0, 0]);
    const waiting = c.recv();
    assert.deepEqual([counts.waiting, host.armed.length], [0, 0], "an operation is inert");
    void waiting.then(() => {});
    assert.deepEqual([counts.waiting, held()], [1, true]);
    host.moveTo(host.now + 50);
    await settled();
    assert.deepEqual([counts.waiting, held()], [0, false]);
  });

  it("refuses what is no number, with the call's name", () => {
    for (const [wrong, text] of [
      [Number.NaN, "the number NaN"],
      ["5", 'the string "5"'],
      [undefined, "undefined"],
      [null, "null"],
      [5n, "the bigint 5"],
    ] as const) {
      assert.throws(() => after(wrong as number), {
        code: "GORT_INVALID_NUMBER",
        message: `after needs a number of milliseconds, got ${text}`,
      });
      assert.throws(() => afterFunc(wrong as number, () => {}), InvalidNumberError);
    }
  });
});

describe("afterFunc", () => {
  it("calls a function of any kind in a goroutine of its own, when it is due", async () => {
    const begun = host.now;
    const seen: unknown[] = [];
    afterFunc(10, function* () {
      yield* sleep(5);
      seen.push(["generator", now() - begun]);
    });
    afterFunc(10, async () => {
      await sleep(6);
      seen.push(["async", now() - begun]);
    });
    afterFunc(10, () => seen.push(["plain", now() - begun]));
    host.moveTo(begun + 9.99);
    await settled();
    assert.deepEqual(seen, []);
    host.moveTo(begun + 10);
    assert.deepEqual(seen, [], "it is not called inside the host's timer");
    for (let ms = 10; ms <= 16; ms++) {
      host.moveTo(begun + ms);
      await settled();
    }
    assert.deepEqual(seen, [
      ["plain", 10],
      ["generator", 15],
      ["async", 16],
    ]);
  });

  it("never calls inside afterFunc itself, even when it is due", async () => {
    const seen: number[] = [];
    afterFunc(-1, () => seen.push(1));
    assert.deepEqual(seen, []);
    host.moveTo(host.now + 1);
    await settled();
    assert.deepEqual(seen, [1]);
  });

  it("calls those that are due together in the order in which they were asked for", async () => {
    const seen: number[] = [];
    for (let i = 0; i < 100; i++) afterFunc(i % 2 === 0 ? 20 : 10, () => seen.push(i));
    host.moveTo(host.now + 30);
    await settled();
    const expected = Array.from({ length: 100 }, (_, i) => i);
    assert.deepEqual(seen, [...expected.filter((i) => i % 2 === 1), ...expected.filter((i) => i % 2 === 0)]);
  });

  it("holds the process alive until it is called or stopped; for ever is never", () => {
    const one = afterFunc(10, () => {});
    assert.deepEqual([counts.waiting, held()], [1, true]);
    assert.equal(one.stop(), true);
    assert.deepEqual([counts.waiting, held()], [0, false]);
    const never = afterFunc(Number.POSITIVE_INFINITY, () => assert.fail("called"));
    assert.deepEqual([counts.waiting, held()], [0, false]);
    assert.equal(never.reset(5), true);
    assert.deepEqual([counts.waiting, held()], [1, true]);
    assert.equal(never.reset(Number.POSITIVE_INFINITY), true);
    assert.deepEqual([counts.waiting, held()], [0, false]);
    assert.deepEqual([never.stop(), never.stop()], [true, false]);
  });

  it("has a Timer whose stop prevents the call, or says that it is too late", async () => {
    let calls = 0;
    const timer = afterFunc(10, () => {
      calls++;
    });
    assert.ok(timer instanceof Timer);
    assert.deepEqual([timer.stop(), timer.stop()], [true, false]);
    host.moveTo(host.now + 100);
    await settled();
    assert.equal(calls, 0);
    assert.deepEqual([timer.reset(10), timer.reset(20)], [false, true]);
    host.moveTo(host.now + 19);
    await settled();
    assert.equal(calls, 0);
    host.moveTo(host.now + 1);
    assert.equal(timer.stop(), false, "the goroutine has been started");
    await settled();
    assert.equal(calls, 1);
  });

  it("is called again after a reset, also by itself", async () => {
    const begun = host.now;
    const times: number[] = [];
    const timer = afterFunc(10, () => {
      times.push(now() - begun);
      if (times.length < 4) assert.equal(timer.reset(5), false);
    });
    for (let ms = 1; ms <= 40; ms++) {
      host.moveTo(begun + ms);
      await settled();
    }
    assert.deepEqual(times, [10, 15, 20, 25]);
  });

  it("has a channel that never gives anything, always the same", async () => {
    const timer = afterFunc(1, () => {});
    const { c } = timer;
    assert.equal(timer.c, c);
    assert.deepEqual([c.length, c.capacity, c.closed, c.tryRecv()], [0, 0, false, undefined]);
    host.moveTo(host.now + 10);
    await settled();
    assert.equal(c.tryRecv(), undefined);
  });

  it("refuses what cannot be called", () => {
    for (const wrong of [undefined, null, 5, {}]) {
      assert.throws(
        () => afterFunc(1, wrong as never),
        (error) => error instanceof NotAFunctionError && error.code === "GORT_NOT_A_FUNCTION",
      );
    }
  });
});

describe("the wall clock", () => {
  it("may jump: no timer notices", async () => {
    const { wall } = clock;
    const seen: string[] = [];
    try {
      const begun = host.now;
      const c = after(50);
      afterFunc(50, () => seen.push("func"));
      void after(50)
        .recv()
        .then(() => seen.push("chan"));
      for (const jump of [1e12, -1e12, 0]) {
        clock.wall = () => wall() + jump;
        host.moveTo(host.now + 10);
        await settled();
        assert.deepEqual([seen, c.tryRecv()], [[], undefined]);
      }
      host.moveTo(begun + 50);
      await settled();
      assert.deepEqual(seen.sort(), ["chan", "func"]);
      assert.deepEqual(c.tryRecv(), [begun + 50, true]);
    } finally {
      clock.wall = wall;
    }
  });
});

describe("crowds", () => {
  it("a hundred thousand calls, started, moved and stopped at random, come in the order of a sorted list", async (t) => {
    const { below } = random(t, "time/after");
    const begun = host.now;
    const called: number[] = [];
    const model: { id: number; when: number; order: number }[] = [];
    const timers: Timer[] = [];
    const total = 100_000;
    // Multiples of a quarter: exact in binary, and many are equal.
    const delay = (): number => 400 + below(4000) / 4;
    let order = 0;
    for (let id = 0; id < total; id++) {
      const ms = delay();
      timers.push(afterFunc(ms, () => called.push(id)));
      model.push({ id, when: host.now + ms, order: order++ });
      if (id % 1000 === 0) host.now += 0.25 * below(4);
    }
    const stopped = new Set<number>();
    for (let n = 0; n < total / 2; n++) {
      const id = below(total);
      const timer = timers[id] as Timer;
      if (below(2) === 0) {
        assert.equal(timer.stop(), !stopped.has(id));
        stopped.add(id);
      } else {
        const ms = delay();
        assert.equal(timer.reset(ms), !stopped.has(id));
        stopped.delete(id);
        model[id] = { id, when: host.now + ms, order: order++ };
      }
    }
    assert.equal(counts.waiting, total - stopped.size);
    const expected = model
      .filter(({ id }) => !stopped.has(id))
      .sort((a, b) => a.when - b.when || a.order - b.order);
    let due = 0;
    for (
      let at = begun + 300;
      expected.length > called.length && at < begun + 5000;
      at += 1 + below(50) / 4
    ) {
      host.timers = host.armed;
      host.moveTo(at, below(4) / 4);
      await settled();
      while (due < expected.length && (expected[due] as { when: number }).when <= at) due++;
      assert.ok(called.length <= due, `${called.length - due} calls came early, at ${at}`);
    }
    assert.equal(called.length, expected.length);
    const wrong = called.findIndex((id, i) => id !== expected[i]?.id);
    assert.equal(wrong, -1, `call ${wrong} is out of order`);
  });

  it("a hundred thousand goroutines, each at a channel of its own, wake in order, and leave no timer", async (t) => {
    const { below } = random(t, "time/after");
    const woken: { id: number; value: number | undefined }[] = [];
    const model: { id: number; when: number }[] = [];
    const total = 100_000;
    for (let id = 0; id < total; id++) {
      const ms = 1 + below(2000) / 4;
      model.push({ id, when: host.now + ms });
      const c = after(ms);
      go(function* () {
        woken.push({ id, value: yield* c.recv() });
      });
    }
    await settled();
    assert.equal(counts.waiting, total);
    for (let at = host.now; at < host.now + 30 && woken.length < total; at += 30) {
      host.timers = host.armed;
      host.moveTo(at + 30);
      await settled();
    }
    model.sort((a, b) => a.when - b.when || a.id - b.id);
    const wrong = woken.findIndex(({ id, value }, i) => id !== model[i]?.id || value !== model[i]?.when);
    assert.deepEqual([woken.length, wrong], [total, -1]);
  });
});
