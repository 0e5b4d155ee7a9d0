/**
 * Timers on a clock that the test moves: order, stopping, never early, delays that the host cannot count.
 *
 * Invariants I1 to I4 of `runtime/timers.ts`. Go: TestTimerModifiedEarlier and the tests of time/sleep_test.go ask the same.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { KernelTimer, startTimer, stopTimer } from "#src/runtime/kernel.ts";
import { host as counts } from "#src/runtime/netpoll.ts";
import { random } from "../base/seed.ts";
import { FakeHost } from "./fake-host.ts";

const LONGEST = 0x7fffffff;

describe("timers", () => {
  let host: FakeHost;
  let fired: { name: string | number; at: number }[];
  let timers: KernelTimer[];

  beforeEach(() => {
    host = new FakeHost();
    host.install();
    fired = [];
    timers = [];
    assert.equal(counts.waiting, 0);
  });

  afterEach(() => {
    for (const timer of timers) stopTimer(timer);
    // What the module has armed fires in the fake world, so that the next test begins with none.
    host.moveTo(host.now + 2 * LONGEST);
    assert.deepEqual(host.armed, []);
    host.restore();
    assert.equal(counts.waiting, 0);
  });

  function start(name: string | number, delay: number): KernelTimer {
    const timer = new KernelTimer(() => fired.push({ name, at: host.now }));
    timers.push(timer);
    startTimer(timer, host.now + delay);
    return timer;
  }

  const names = (): (string | number)[] => fired.map(({ name }) => name);

  it("fire in the order of their times, equal ones as they were started", () => {
    for (const [name, delay] of [30, 10, 20, 10, 30, 10].entries()) start(name, delay);
    host.moveTo(host.now + 100);
    assert.deepEqual(names(), [1, 3, 5, 2, 0, 4]);
  });

  it("fire when they are due and not before, at any fraction and with a host that calls early", (t) => {
    const { below } = random(t, "runtime/timers");
    for (const early of [0, 0.4, 0.99]) {
      fired = [];
      const begun = host.now;
      const due = new Map<number, number>();
      for (let i = 0; i < 200; i++) {
        const delay = below(100_000) / 997;
        due.set(i, begun + delay);
        start(i, delay);
      }
      host.moveTo(begun + 200, early);
      assert.equal(fired.length, 200);
      for (const { name, at } of fired) {
        const when = due.get(name as number) as number;
        assert.ok(at >= when, `timer ${name} fired ${when - at} ms early`);
        assert.ok(at < when + 3, `timer ${name} fired ${at - when} ms late on a clock that is exact`);
      }
      assert.deepEqual(
        names(),
        [...due.keys()].sort((a, b) => (due.get(a) as number) - (due.get(b) as number) || a - b),
      );
    }
  });

  it("arm one host timer, for the earliest", () => {
    start("late", 500);
    start("later", 600);
    assert.deepEqual(
      host.armed.map(({ delay }) => delay),
      [500],
    );
    start("early", 20);
    assert.deepEqual(
      host.armed.map(({ delay }) => delay),
      [20],
    );
    host.moveTo(host.now + 30);
    assert.deepEqual(
      host.armed.map(({ at }) => at - host.now),
      [470],
    );
  });

  it("that are stopped do not fire, leave at once, and are stopped once", () => {
    const [a, b] = [start("a", 10), start("b", 20)];
    assert.equal(counts.waiting, 2);
    assert.equal(stopTimer(a), true);
    assert.equal(stopTimer(a), false);
    assert.equal(counts.waiting, 1);
    host.moveTo(host.now + 100);
    assert.deepEqual(names(), ["b"]);
    assert.equal(stopTimer(b), false);
    assert.equal(stopTimer(new KernelTimer(() => {})), false);
  });

  it("hold the process alive exactly while there are some", () => {
    const alive = (): boolean => host.armed.some(({ referenced }) => referenced);
    assert.equal(alive(), false);
    const a = start("a", 50);
    assert.equal(alive(), true);
    stopTimer(a);
    assert.equal(alive(), false);
    const b = start("b", 80);
    assert.equal(alive(), true);
    host.moveTo(host.now + 60);
    assert.deepEqual([names(), alive()], [[], true]);
    stopTimer(b);
    assert.equal(alive(), false);
    start("c", 1);
    host.moveTo(host.now + 10);
    assert.deepEqual([names(), alive()], [["c"], false]);
  });

  it("that are started again are moved, and fire once", () => {
    const a = start("a", 10);
    start("b", 20);
    startTimer(a, host.now + 30);
    assert.equal(counts.waiting, 2);
    host.moveTo(host.now + 25);
    assert.deepEqual(names(), ["b"]);
    startTimer(a, host.now + 1);
    host.moveTo(host.now + 100);
    assert.deepEqual(names(), ["b", "a"]);
    startTimer(a, host.now + 1);
    host.moveTo(host.now + 100);
    assert.deepEqual(names(), ["b", "a", "a"]);
  });

  it("wait in stages for what is beyond the host's longest delay", () => {
    const begun = host.now;
    const delay = 3 * LONGEST + 12_345;
    start("far", delay);
    start("for ever", Number.POSITIVE_INFINITY);
    for (let stage = 1; stage <= 3; stage++) {
      assert.ok(host.armed.every((timer) => timer.delay <= LONGEST));
      host.moveTo(begun + stage * LONGEST);
      assert.deepEqual(names(), []);
    }
    host.moveTo(begun + delay - 1);
    assert.deepEqual(names(), []);
    host.moveTo(begun + delay);
    assert.deepEqual(names(), ["far"]);
    assert.equal(counts.waiting, 1);
  });

  it("one that comes while a long stage is waited for is on time", () => {
    const begun = host.now;
    start("far", 2 * LONGEST);
    host.moveTo(begun + 1000);
    start("near", 5);
    start("between", LONGEST + 500);
    host.moveTo(begun + 1005);
    assert.deepEqual(names(), ["near"]);
    host.moveTo(begun + LONGEST + 1500);
    assert.deepEqual(names(), ["near", "between"]);
    host.moveTo(begun + 2 * LONGEST);
    assert.deepEqual(names(), ["near", "between", "far"]);
  });

  it("that are already due fire at the next call of the host, not inside the start", () => {
    start("past", -50);
    start("now", 0);
    assert.deepEqual(names(), []);
    host.moveTo(host.now + 1);
    assert.deepEqual(names(), ["past", "now"]);
  });

  it("may start and stop others when they fire", () => {
    const victim = start("victim", 10);
    const killer = new KernelTimer(() => {
      stopTimer(victim);
      start("child", 0);
    });
    timers.push(killer);
    startTimer(killer, host.now + 10 - 1e-9);
    host.moveTo(host.now + 50);
    assert.deepEqual(names(), ["child"]);
  });
});
