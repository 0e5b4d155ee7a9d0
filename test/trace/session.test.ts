/**
 * A program's own trace: when it may begin and end, what it takes, and what the last seconds are.
 */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { chan, GortError, go, gosched, run } from "gort";
import { last, start, stop, TraceError, trace } from "gort/trace";
import { UNITS_A_MS } from "#src/trace/events.ts";
import { readTrace } from "#src/trace/reader.ts";
import { RING_SLACK, RingWord } from "#src/trace/ring.ts";
import { lastSeconds } from "#src/trace/session.ts";
import { recorderHere, tracing } from "#src/trace/switch.ts";
import { eventsIn, JumpingClock, stepsIn } from "./told.ts";

const clock = new JumpingClock();

afterEach(() => stop());

/** Goroutines of that name, one after the other. */
async function some(name: string, count: number): Promise<void> {
  const fn = Object.defineProperty(function* () {}, "name", { value: name });
  for (let i = 0; i < count; i++) await go(fn);
}

const madeIn = (bytes: Uint8Array): string[] =>
  eventsIn(bytes).flatMap(({ kind, name }) => (kind === "create" ? [name] : []));

describe("start", () => {
  it("when it is on is an error, and changes nothing", async () => {
    start();
    await some("first", 1);
    assert.throws(() => start(), { name: "TraceError", code: "GORT_TRACE", message: /recorded already/ });
    assert.throws(() => start({ file: "/nowhere/at/all" }), /recorded already/);
    await some("second", 1);
    assert.deepEqual(madeIn(last()), ["first", "second"]);
  });

  it("refuses what is no option and what is no file", () => {
    for (const wrong of [{ file: "" }, { file: 1 }, { files: "x" }, null, "x"] as never[])
      assert.throws(() => start(wrong), { code: "GORT_INVALID_OPTION" });
    assert.throws(() => start({ file: "/nowhere/at/all" }), {
      code: "GORT_TRACE",
      message: 'trace: the file "/nowhere/at/all" cannot be written (ENOENT)',
    });
    // None of them has begun anything.
    assert.throws(() => last(), TraceError);
    assert.ok(new TraceError("") instanceof GortError);
  });

  it("begins anew: what was recorded before is not there", async () => {
    start();
    await some("before", 3);
    await stop();
    await some("between", 3);
    start();
    await some("now", 2);
    assert.deepEqual(madeIn(last({ seconds: 1000 })), ["now", "now"]);
    assert.ok(!stepsIn(last()).includes("(gap)"));
  });
});

describe("stop", () => {
  it("when nothing goes on does nothing", async () => {
    await stop();
    await stop();
    start();
    await stop();
    await stop();
  });

  it("a thousand times, and nothing is left", async () => {
    for (let i = 0; i < 1000; i++) {
      trace.start();
      if (i % 100 === 0) await some("one", 1);
      await trace.stop();
    }
    assert.equal(process.listenerCount("exit") < 5, true);
  });

  it("within a run writes it down as far as it has come, and what comes then is not recorded", async () => {
    await run(function* main() {
      start();
      clock.jump(3);
      go(function* seen() {});
      yield* gosched();
      clock.jump(4);
      void stop();
      clock.jump(50);
      go(function* unseen() {});
      yield* gosched();
    });
    const events = eventsIn(lastSeconds(10));
    const runs = events.filter(({ kind }) => kind === "run").map(({ length }) => Math.floor(length / 10_000));
    // The jumps are in them, and not the one after stop.
    const [first, , third] = runs.slice(-3) as [number, number, number];
    assert.ok(first >= 3 && third >= 4 && third < 50, `${runs}`);
    assert.ok(!events.some(({ name }) => name === "unseen"));
  });

  it("and start within one run make two traces of it", async () => {
    const bytes = await run(function* main() {
      start();
      yield* gosched();
      clock.jump(40);
      void stop();
      clock.jump(300);
      start();
      clock.jump(7);
      go(function* other() {});
      yield* gosched();
      return last();
    });
    const runs = eventsIn(bytes).filter(({ kind }) => kind === "run");
    assert.deepEqual(
      runs.map(({ length }) => Math.floor(length / 10_000)),
      [7, 0],
    );
  });
});

describe("last", () => {
  it("before start is an error, and so is a wrong number of seconds", () => {
    start();
    void stop();
    assert.throws(() => last(), { code: "GORT_TRACE", message: /nothing is recorded/ });
    for (const seconds of [0, -1, Number.NaN, "1" as never])
      assert.throws(() => last({ seconds }), { code: "GORT_INVALID_OPTION", message: /a number above 0/ });
    assert.throws(() => last({ second: 1 } as never), { code: "GORT_INVALID_OPTION" });
  });

  it("gives so many seconds, and recording goes on", async () => {
    start();
    await some("old", 1);
    clock.jump(15_000);
    await some("middle", 1);
    clock.jump(5_000);
    await some("new", 1);
    assert.deepEqual(madeIn(last({ seconds: 3 })), ["new"]);
    assert.deepEqual(madeIn(last()), ["middle", "new"]);
    assert.deepEqual(madeIn(last({ seconds: 100 })), ["old", "middle", "new"]);
    const whole = readTrace(last());
    assert.equal(whole.end?.reason, "last");
    assert.deepEqual([whole.damagedChunks, whole.unknownChunks, whole.cutBytes], [0, 0, 0]);
    assert.equal(whole.ended, (whole.end?.clockMs as number) * UNITS_A_MS, "it lasts until it was asked for");
    assert.equal(readTrace(last({ seconds: 1e-6 })).damagedChunks, 0, "nothing has happened in that time");
    await some("later", 1);
    assert.deepEqual(madeIn(last({ seconds: 3 })), ["new", "later"]);
  });

  it("knows what is long ago from what is near", async () => {
    start();
    // Times have 32 bits: after 429.4967296 s they look the same.
    for (const seconds of [429.4967296, 429, 215, 200]) {
      await some(`before ${seconds}`, 1);
      clock.jump(seconds * 1000);
      await some("near", 1);
      assert.deepEqual(madeIn(last({ seconds: 100 })), ["near"]);
      assert.ok(eventsIn(last({ seconds: 100 })).every(({ time }) => clock.units - time < 100e7));
      clock.jump(1_000_000);
    }
  });

  it("has a run that began before and lasted into it, with what happened in it", async () => {
    start();
    await run(function* main() {
      go(function* other() {
        for (let i = 0; i < 200; i++) yield* gosched();
      });
      for (let i = 0; i < 100; i++) {
        clock.jump(0.1);
        yield* gosched();
      }
      clock.jump(30_000);
      go(function* made() {});
    });
    await new Promise(setImmediate);
    const events = eventsIn(last({ seconds: 5 }));
    assert.deepEqual(
      events.filter(({ kind }) => kind === "create").map(({ name }) => name),
      ["made"],
    );
    assert.ok(events.some(({ kind, length }) => kind === "run" && length >= 30e7));
  });

  it("tells of those who have done nothing in that time", async () => {
    const c = chan();
    start();
    const h = go(function* still() {
      yield* c.recv();
    });
    await some("before", 1);
    clock.jump(60_000);
    await some("now", 1);
    const events = eventsIn(last());
    assert.deepEqual(
      events.flatMap(({ kind, name, reason }) => (kind === "status" ? [`${name}: ${reason}`] : [])),
      ["still: chan receive"],
    );
    // As of when the window begins.
    assert.ok(clock.units - (events[0]?.time as number) >= 10e7);
    c.close();
    await h;
    assert.deepEqual(
      eventsIn(last()).filter(({ kind }) => kind === "status"),
      [],
    );
  });
});

describe("the ring's count of events", () => {
  it("goes round after 2^32, and nothing is lost or in disorder", async () => {
    const { ring } = recorderHere();
    // As if it had been written to for days.
    ring.words[RingWord.head] = -150;
    tracing.recorder = null;
    start();
    await some("one", 200);
    assert.ok((ring.words[RingWord.head] as number) > 0);
    const events = eventsIn(last({ seconds: 1000 }));
    assert.equal(events.filter(({ kind }) => kind === "create").length, 200);
    assert.equal(events.filter(({ kind }) => kind === "run").length, 200);
    const ids = events.flatMap(({ kind, a }) => (kind === "create" ? [a] : []));
    assert.deepEqual(
      ids,
      ids.map((_, i) => (ids[0] as number) + i),
    );
  });

  it("is said by the time that a reader could miss some", async () => {
    const recorder = recorderHere();
    start();
    await run(function* main() {
      for (let i = 0; i < 5_000; i++) {
        go(function* () {});
        const behind = (recorder.written - (recorder.ring.words[RingWord.head] as number)) | 0;
        assert.ok(behind >= 0 && behind < RING_SLACK, `${behind}`);
      }
    });
  });
});
