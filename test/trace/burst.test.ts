/**
 * Being watched costs no more than its budget: events are recorded for a share of the time, which follows what they cost.
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { start, stop } from "gort/trace";
import { Bursts, observeBudget } from "#src/trace/burst.ts";
import { recorderHere } from "#src/trace/switch.ts";
import { FakeHost } from "../runtime/fake-host.ts";

const recorder = recorderHere();
const host = new FakeHost();
let bursts = new Bursts();

afterEach(async () => {
  bursts.wanted(false);
  host.restore();
  await stop();
  bursts = new Bursts();
});

/** Somebody looks; what recording costs here is measured by the real clock. */
function looked(): void {
  bursts.wanted(true);
  host.install();
}

/** `share` of a second of recording by its own account: at least so much, and how much. */
function spend(share: number): number {
  const before = bursts.costMs(1e12);
  assert.ok(before >= 0);
  // Runs until that much has been spent.
  let ms = 0;
  while (ms < share * 1000) {
    recorder.reads += 1000;
    ms += bursts.costMs(1e12);
  }
  return ms;
}

describe("bursts", () => {
  it("are all of the time when there is little to record", () => {
    looked();
    assert.equal(bursts.share, 1);
    assert.ok(recorder.isOn);
    bursts.costMs(1000);
    assert.equal(bursts.share, 1);
    assert.deepEqual(host.armed, []);
  });

  it("become shorter above the budget, and longer below it", () => {
    looked();
    const least = spend(0.001);
    // That much within a time of which it is four times the budget.
    recorder.reads += 1_000_000;
    const budget = observeBudget();
    const cost = bursts.costMs(1e9);
    recorder.reads += 1_000_000;
    assert.ok(least > 0 && cost > 0);
    bursts.costMs(cost / (budget * 4));
    assert.ok(Math.abs(bursts.share - 0.25) < 0.01, `${bursts.share}`);
    assert.ok(!recorder.isOn, "the rest of the time");
    recorder.reads += 1_000_000;
    bursts.costMs(cost / (budget * 2));
    assert.ok(Math.abs(bursts.share - 0.125) < 0.01, `${bursts.share}`);
    // Just right: it stays.
    recorder.reads += 1_000_000;
    bursts.costMs(cost / (budget * 0.8));
    assert.ok(Math.abs(bursts.share - 0.125) < 0.01, `${bursts.share}`);
    for (let i = 0; i < 6; i++) bursts.costMs(1000);
    assert.equal(bursts.share, 1);
    // There is an end to how short they get.
    recorder.reads += 1_000_000_000;
    bursts.costMs(1);
    assert.equal(bursts.share, 0.02);
  });

  it("alternate with pauses, in that share", () => {
    looked();
    recorder.reads += 1_000_000;
    const cost = bursts.costMs(1e12);
    recorder.reads += 1_000_000;
    bursts.costMs(cost / (observeBudget() * 4));
    const on: boolean[] = [];
    for (let ms = 0; ms < 400; ms++) {
      on.push(recorder.isOn);
      host.moveTo(host.now + 1);
    }
    const share = on.filter(Boolean).length / on.length;
    assert.ok(Math.abs(share - 0.25) < 0.03, `${share}`);
    const changes = on.filter((isOn, i) => i > 0 && isOn !== on[i - 1]).length;
    assert.ok(changes >= 6 && changes <= 9, `${changes}`);
    // All of it again.
    for (let i = 0; i < 8; i++) bursts.costMs(1000);
    host.moveTo(host.now + 200);
    assert.ok(recorder.isOn);
    host.moveTo(host.now + 500);
    assert.ok(recorder.isOn);
    assert.deepEqual(host.armed, []);
  });

  it("never cut a trace of the program's own", () => {
    looked();
    recorder.reads += 1_000_000;
    const cost = bursts.costMs(1e12);
    start();
    recorder.reads += 1_000_000;
    assert.ok(Math.abs(bursts.costMs(cost / 2) - cost) < cost / 100, "what it costs is told all the same");
    assert.equal(bursts.share, 1);
    for (let ms = 0; ms < 300; ms++) {
      assert.ok(recorder.isOn);
      host.moveTo(host.now + 1);
    }
    void stop();
    assert.ok(recorder.isOn, "somebody still looks");
    // Begun within a pause.
    recorder.reads += 1_000_000;
    bursts.costMs(cost / 2);
    assert.ok(!recorder.isOn);
    start();
    for (let ms = 0; ms < 300; ms++) {
      assert.ok(recorder.isOn);
      host.moveTo(host.now + 1);
    }
  });

  it("end when nobody looks", () => {
    looked();
    recorder.reads += 1_000_000_000;
    bursts.costMs(1);
    bursts.wanted(false);
    assert.equal(bursts.share, 0);
    host.moveTo(host.now + 1000);
    assert.ok(!recorder.isOn);
    assert.deepEqual(host.armed, []);
    assert.equal(bursts.costMs(1000), 0);
  });
});

it("the budget is GORT_OBSERVE_BUDGET, a share of the time; 3 % without one, or with what is none", () => {
  const before = process.env["GORT_OBSERVE_BUDGET"];
  try {
    for (const [text, budget] of [
      ["0.5", 0.5],
      ["1", 1],
      ["", 0.03],
      ["0", 0.03],
      ["2", 0.03],
      ["x", 0.03],
    ] as const) {
      process.env["GORT_OBSERVE_BUDGET"] = text;
      assert.equal(observeBudget(), budget, text);
    }
  } finally {
    if (before === undefined) delete process.env["GORT_OBSERVE_BUDGET"];
    else process.env["GORT_OBSERVE_BUDGET"] = before;
  }
});
