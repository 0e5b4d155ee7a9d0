/** Timer and its channel: every way to receive, what losing leaves, what stop and reset say. The clock is the test's. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { chan, go, InvalidNumberError, range, select, Timer, trySelect } from "gort";
import { host as counts } from "#src/runtime/netpoll.ts";
import { random } from "../base/seed.ts";
import { FakeHost } from "../runtime/fake-host.ts";
import { letGo, settled } from "./virtual.ts";

describe("Timer", () => {
  let host: FakeHost;
  const held = (): boolean => host.armed.some(({ referenced }) => referenced);
  const pass = async (ms: number): Promise<void> => {
    host.moveTo(host.now + ms);
    await settled();
  };

  beforeEach(() => {
    host = new FakeHost();
    host.install();
  });
  afterEach(() => {
    assert.deepEqual([counts.waiting, held()], [0, false]);
    letGo(host);
  });

  it("gives its value to every form of receive", async () => {
    const seen: Record<string, unknown> = {};
    const due = (ms: number): Timer["c"] => new Timer(ms).c;
    go(function* () {
      seen["recv"] = yield* due(10).recv();
      seen["recvOk"] = yield* due(10).recvOk();
      const cursor = range(due(10));
      seen["range"] = [yield* cursor.next(), cursor.value];
      seen["select"] = yield* select({ timer: due(10).recv(), ok: due(20).recvOk() });
    });
    const begun = host.now;
    await settled();
    for (let i = 0; i < 4; i++) await pass(10);
    assert.deepEqual(seen, {
      recv: begun + 10,
      recvOk: [begun + 20, true],
      range: [true, begun + 30],
      select: { case: "timer", value: begun + 40 },
    });
    const [recv, recvOk, first, tried] = [due(10), due(10), due(10), due(10)];
    await pass(10);
    assert.equal(await recv.recv(), host.now);
    assert.deepEqual(await recvOk.recvOk(), [host.now, true]);
    for await (const value of first) {
      assert.equal(value, host.now);
      break;
    }
    assert.deepEqual(trySelect({ tried: tried.recv() }), { case: "tried", value: host.now });
    for (const c of [recv, recvOk, first, tried]) assert.equal(c.tryRecv(), undefined);
  });

  it("is ready for trySelect and tryRecv exactly from its time on", () => {
    const timer = new Timer(10);
    host.moveTo(host.now + 9.999);
    assert.equal(trySelect({ timer: timer.c.recv() }), undefined);
    assert.equal(timer.c.tryRecv(), undefined);
    host.moveTo(host.now + 0.001);
    assert.equal(trySelect({ timer: timer.c.recv() })?.case, "timer");
    assert.equal(trySelect({ timer: timer.c.recv() }), undefined);
  });

  it("that loses a select leaves nothing with the host, and keeps its value", async () => {
    const ch = chan<string>();
    const timer = new Timer(100);
    const cases: string[] = [];
    go(function* () {
      for (let i = 0; i < 3; i++) cases.push((yield* select({ timer: timer.c.recv(), got: ch.recv() })).case);
    });
    await settled();
    assert.deepEqual([counts.waiting, held()], [1, true]);
    assert.equal(ch.trySend("x"), true);
    assert.deepEqual([counts.waiting, held()], [0, false], "before the winner has even run");
    await settled();
    assert.deepEqual([counts.waiting, held()], [1, true]);
    await pass(100);
    assert.deepEqual(cases, ["got", "timer"]);
    assert.equal(counts.waiting, 0, "nobody can be woken by a timer that is over");
    ch.trySend("y");
    await settled();
    assert.equal(cases.length, 3);
  });

  it("may be in one select twice", async () => {
    const timer = new Timer(10);
    let happened: unknown;
    go(function* () {
      happened = yield* select({ a: timer.c.recv(), b: timer.c.recv() });
    });
    await settled();
    await pass(10);
    const { case: name, value } = happened as { case: string; value: number };
    assert.ok(name === "a" || name === "b");
    assert.equal(value, host.now);
    assert.equal(timer.c.tryRecv(), undefined);
  });

  it("gives its only value to the receiver that has waited longest; the others wait for a reset", async () => {
    const timer = new Timer(10);
    const woken: number[] = [];
    for (let i = 0; i < 3; i++)
      go(function* () {
        yield* timer.c.recv();
        woken.push(i);
      });
    await pass(100);
    assert.deepEqual([woken, counts.waiting], [[0], 0]);
    assert.equal(timer.reset(10), false);
    assert.equal(counts.waiting, 1);
    await pass(10);
    assert.deepEqual(woken, [0, 1]);
    timer.reset(0);
    assert.equal(timer.c.tryRecv(), undefined, "it is the waiter's");
    await pass(1);
    assert.deepEqual(woken, [0, 1, 2]);
    assert.equal(timer.c.tryRecv(), undefined);
  });

  it("that is stopped or reset while somebody waits gives nothing of its old time", async () => {
    const timer = new Timer(10);
    const values: unknown[] = [];
    void timer.c.recv().then((value) => values.push(value));
    host.now += 10; // Due, and the host has not called yet.
    assert.equal(timer.stop(), true);
    assert.deepEqual([counts.waiting, held()], [0, false]);
    await pass(100);
    assert.deepEqual(values, []);
    assert.equal(timer.reset(20), false);
    host.now += 20;
    assert.equal(timer.reset(30), true);
    await pass(29);
    assert.deepEqual(values, []);
    await pass(1);
    assert.deepEqual(values, [host.now]);
    assert.equal(timer.stop(), false);
  });

  it("says whether it was active or its value not received, and then that value is gone", () => {
    const timer = new Timer(10);
    assert.deepEqual([timer.stop(), timer.stop()], [true, false]);
    assert.deepEqual([timer.reset(10), timer.reset(10)], [false, true]);
    host.moveTo(host.now + 10);
    assert.deepEqual([timer.stop(), timer.c.tryRecv(), timer.stop()], [true, undefined, false]);
    timer.reset(10);
    host.moveTo(host.now + 10);
    assert.deepEqual([timer.reset(10), timer.c.tryRecv()], [true, undefined]);
    host.moveTo(host.now + 10);
    assert.deepEqual([timer.c.tryRecv(), timer.stop(), timer.reset(5)], [[host.now, true], false, false]);
    assert.equal(new Timer(Number.POSITIVE_INFINITY).stop(), true);
  });

  it("has one channel, open and of length and capacity 0", () => {
    const timer = new Timer(0);
    assert.equal(timer.c, timer.c);
    assert.deepEqual([timer.c.length, timer.c.capacity, timer.c.closed], [0, 0, false]);
    timer.stop();
    assert.equal(timer.c.closed, false);
  });

  it("holds the process alive exactly while somebody receives from it and it is active", async () => {
    const timer = new Timer(1000);
    assert.deepEqual([counts.waiting, held()], [0, false]);
    go(function* () {
      yield* timer.c.recv();
    });
    await settled();
    assert.deepEqual([counts.waiting, held()], [1, true]);
    timer.stop();
    assert.deepEqual([counts.waiting, held()], [0, false]);
    timer.reset(500);
    assert.deepEqual([counts.waiting, held()], [1, true]);
    await pass(500);
    assert.deepEqual([counts.waiting, held()], [0, false]);
  });

  it("refuses what is no number, and stays as it was", () => {
    const timer = new Timer(10);
    for (const wrong of [Number.NaN, "1", undefined, null, {}]) {
      assert.throws(() => new Timer(wrong as number), InvalidNumberError);
      assert.throws(() => timer.reset(wrong as number), {
        code: "GORT_INVALID_NUMBER",
        message: /^Timer\.reset needs a number of milliseconds, got /,
      });
    }
    host.moveTo(host.now + 10);
    assert.deepEqual(timer.c.tryRecv(), [host.now, true]);
  });

  it("agrees with a model of one value and one time, whatever is done to it", async (t) => {
    const { below } = random(t, "time/timer");
    for (let round = 0; round < 200; round++) {
      const timer = new Timer(5);
      let when = host.now + 5;
      let active = true;
      const received: (number | undefined)[] = [];
      const expected: number[] = [];
      let waiting = 0;
      for (let step = 0; step < 60; step++) {
        const due: boolean = active && when <= host.now;
        switch (below(6)) {
          case 0:
            assert.equal(timer.stop(), active);
            active = false;
            break;
          case 1: {
            const ms = below(20) - 2;
            assert.equal(timer.reset(ms), active);
            [active, when] = [true, host.now + Math.max(ms, 0)];
            break;
          }
          case 2:
            assert.deepEqual(timer.c.tryRecv(), due && waiting === 0 ? [when, true] : undefined);
            if (waiting === 0 && due) active = false;
            break;
          case 3:
            if (waiting === 0 && due) {
              expected.push(when);
              active = false;
            } else {
              waiting++;
            }
            void timer.c.recv().then((value) => received.push(value));
            break;
          default:
            host.moveTo(host.now + 1 + below(6));
            if (waiting > 0 && active && when <= host.now) {
              expected.push(when);
              waiting--;
              active = false;
            }
        }
        await settled();
        assert.deepEqual(received, expected);
        assert.equal(counts.waiting, waiting > 0 && active ? 1 : 0);
      }
      // So that nobody is left waiting.
      for (; waiting > 0; waiting--) {
        timer.reset(0);
        host.moveTo(host.now + 1);
      }
      await settled();
    }
  });

  it("that loses to another one a hundred thousand times over leaves nothing", async () => {
    const timer = new Timer(1e9);
    const values = chan<number>();
    const loser = go(function* () {
      for (let i = 0; i < 100_000; i++) yield* select({ timer: timer.c.recv(), value: values.recv() });
    });
    await go(function* () {
      for (let i = 0; i < 100_000; i++) yield* values.send(i);
    });
    await loser;
    assert.deepEqual([counts.waiting, held()], [0, false]);
    assert.ok(host.armed.length <= 1);
    assert.equal(timer.stop(), true);
  });
});
