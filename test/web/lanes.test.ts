/**
 * History and lanes: what is drawn is what happened, at every scale.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Kind } from "#src/trace/events.ts";
import { History } from "#src/web/observer/history.ts";
import { type LaneSource, lanesAnswer } from "#src/web/observer/lanes.ts";
import { FINEST_UNITS, Pyramid } from "#src/web/observer/pyramid.ts";
import { Track } from "#src/web/observer/track.ts";
import { LaneMark } from "#src/web/protocol.ts";
import { random } from "../base/seed.ts";
import { type FakeEvent, FakeRing, type Lane, ran, readLanes } from "./observed.ts";

/** Units: 100 ns. */
const MS = 10_000;
const SECOND = 1000 * MS;

/** The lanes of what has been written, between two moments in units. */
function lanesOf(
  histories: readonly History[],
  [from, to, width]: readonly [number, number, number],
  more: Partial<LaneSource> & { now?: number } = {},
): Lane[] {
  const procs = [...new Set(histories.map(({ proc }) => proc))].map((id) => ({ id, running: 0, sliceMs: 0 }));
  const { now = to, ...rest } = more;
  const query = { from: from / MS, to: to / MS, width };
  return readLanes(
    lanesAnswer(query, { histories, procs, tracks: [], text: (_, name) => name, ...rest }, now / MS),
  ).lanes;
}

function historyOf(events: readonly FakeEvent[], now: number, capacity = 1 << 16): History {
  const ring = new FakeRing(capacity);
  const history = new History(0, 0, ring.shared);
  // As it is read: little by little.
  for (let i = 0; i < events.length; i += 1000) {
    ring.write(...events.slice(i, i + 1000));
    history.drain(now);
  }
  return history;
}

describe("a processor's lane", () => {
  it("has each run with its beginning, end, goroutine and how it ended", () => {
    const at = 50 * SECOND;
    const history = historyOf(
      [ran(at, at + 5 * MS, 7, 1), ran(at + 6 * MS, at + 7 * MS, 8, 0), ran(at + 7 * MS, at + 9 * MS, 7, 2)],
      at,
    );
    const [lane] = lanesOf([history], [at - MS, at + 19 * MS, 1000]);
    assert.deepEqual(
      lane?.spans.map(({ begin, end, goroutine, runs, busy, state }) => [
        begin / MS,
        end / MS,
        goroutine,
        runs,
        busy,
        state,
      ]),
      [
        [1, 6, 7, 1, 255, 1],
        [7, 8, 8, 1, 255, 0],
        [8, 10, 7, 1, 255, 2],
      ],
    );
    assert.deepEqual([lane?.kind, lane?.id], [0, 0]);
    // Cut at the window's edges.
    const [cut] = lanesOf([history], [at + MS, at + 2 * MS, 100]);
    assert.deepEqual(
      cut?.spans.map(({ begin, end }) => [begin, end]),
      [[0, MS]],
    );
  });

  it("sums up what is shorter than a pixel: how many runs, how busy, and who ran most", () => {
    const at = 64 * SECOND;
    const events: FakeEvent[] = [];
    // 1000 pairs: 30 µs of goroutine 1, 10 µs of goroutine 2, 40 µs of nothing.
    for (let i = 0; i < 1000; i++) {
      const begin = at + i * 800;
      events.push(ran(begin, begin + 300, 1), ran(begin + 300, begin + 400, 2));
    }
    const history = historyOf(events, at);
    const [lane] = lanesOf([history], [at, at + 10 * SECOND, 1000]);
    const spans = lane?.spans ?? [];
    assert.ok(spans.length >= 5 && spans.length <= 20, `${spans.length} spans for 8 pixels`);
    assert.equal(
      spans.reduce((all, { runs }) => all + runs, 0),
      2000,
    );
    for (const { goroutine, busy } of spans) {
      assert.equal(goroutine, 1);
      assert.ok(Math.abs(busy - 128) < 8, `${busy} of 255`);
    }
  });

  it("agrees with the events at every scale, whatever they are", (t) => {
    const { below } = random(t, "web/lanes");
    for (let round = 0; round < 5; round++) {
      const at = 2 ** 32 * 3 - 2 * SECOND;
      const events: FakeEvent[] = [];
      let time = at;
      while (time < at + 4 * SECOND) {
        // Lengths and pauses from nothing to 100 ms, mostly short.
        time += Math.floor(10 ** below(7) / (1 + below(10)));
        const length = Math.floor(10 ** below(7) / (1 + below(10)));
        events.push(ran(time, time + length, 1 + below(5), below(4)));
        time += length;
      }
      const history = historyOf(events, at + 4 * SECOND);
      for (const [from, to, width] of [
        [at, at + 4 * SECOND, 1600],
        [at - SECOND, at + 9 * SECOND, 100],
        [at + SECOND, at + SECOND + 100 * MS, 1600],
        [at + 2 * SECOND - 1234, at + 2 * SECOND + 5678, 777],
        [at + 1234, at + 3 * SECOND + 77, 50],
      ] as const) {
        check(events, history, from, to, width);
      }
    }
  });
});

describe("sums of runs", () => {
  /** What is told of a window, in spans of `width` units. */
  function told(pyramid: Pyramid, from: number, to: number, width: number): number[][] {
    const found: number[][] = [];
    pyramid.spans(from, to, width, (begin, end, who, runs) => found.push([begin, end, who, runs]));
    return found;
  }

  it("name the goroutine that ran for more than half, over buckets of which others lead the most", () => {
    const pyramid = new Pyramid();
    pyramid.add(0, 1000, 1, 0);
    pyramid.add(FINEST_UNITS, 600, 2, 0);
    pyramid.add(2 * FINEST_UNITS, 300, 2, 0);
    assert.deepEqual(told(pyramid, 0, FINEST_UNITS * 4, FINEST_UNITS * 4), [
      [0, 2 * FINEST_UNITS + 300, 1, 3],
    ]);
  });

  it("do not come again when their place in memory comes again", () => {
    const pyramid = new Pyramid();
    pyramid.add(0, 1000, 1, 0);
    const again = FINEST_UNITS * 2 ** 16;
    assert.deepEqual(told(pyramid, again, again + 1000, FINEST_UNITS), []);
  });
});

/** Spans are in order, none overlaps another; their sums are the events', and there are not many. */
function check(
  events: readonly FakeEvent[],
  history: History,
  from: number,
  to: number,
  width: number,
): void {
  const spans = lanesOf([history], [from, to, width])[0]?.spans ?? [];
  const what = `${from} to ${to}, ${width} px`;
  let before = 0;
  for (const { begin, end } of spans) {
    assert.ok(
      begin >= before && end >= begin && end <= to - from,
      `${what}: ${begin} to ${end} after ${before}`,
    );
    before = end;
  }
  assert.ok(spans.length <= 3 * width + 3, `${what}: ${spans.length} spans`);
  const inside = events.filter(([, time, , b]) => time <= to && time + (b >>> 3) >= from);
  const pixel = (to - from) / width;
  const isShown = (b: number): boolean => b >>> 3 >= 2 * pixel;
  // The long ones are there one by one.
  const long = inside.filter(([, , , b]) => isShown(b));
  const single = new Set(
    spans.map(({ begin, end, goroutine, runs, state }) => [begin, end, goroutine, runs, state].join()),
  );
  for (const [, time, who, b] of long) {
    const key = [Math.max(time, from) - from, Math.min(time + (b >>> 3), to) - from, who, 1, b & 7].join();
    assert.ok(single.has(key), `${what}: ${key} is missing`);
  }
  // Buckets at the edges reach out.
  const runs = spans.reduce((all, one) => all + one.runs, 0);
  const near = events.filter(
    ([, time, , b]) => time <= to + 2 * pixel && time + (b >>> 3) >= from - 3 * pixel,
  );
  assert.ok(
    runs >= inside.length && runs <= near.length,
    `${what}: ${runs} runs of ${inside.length} to ${near.length}`,
  );
  const busy = spans.reduce((all, one) => all + ((one.end - one.begin) * one.busy) / 255, 0);
  const wanted = inside.reduce(
    (all, [, time, , b]) => all + Math.min(time + (b >>> 3), to) - Math.max(time, from),
    0,
  );
  assert.ok(
    Math.abs(busy - wanted) <= (to - from) * 0.01 + 3 * pixel,
    `${what}: busy ${busy}, not ${wanted}`,
  );
}

describe("a history", () => {
  it("counts what was overwritten before it was read, and leaves a gap", () => {
    const at = 5 * SECOND;
    const ring = new FakeRing(4096);
    const history = new History(0, 0, ring.shared);
    ring.write(ran(at, at + MS, 1));
    history.drain(at);
    // The ring holds 4096, and the last 1024 of its places may be being written.
    for (let i = 0; i < 5000; i++) ring.write(ran(at + 2 * MS + i * 10, at + 2 * MS + i * 10 + 10, 2));
    history.drain(at + 10 * MS);
    assert.equal(history.lost, 5000 - (4096 - 1024));
    assert.equal(history.count, 1 + 4096 - 1024);
    const [lane] = lanesOf([history], [at, at + 10 * MS, 1000]);
    const gap = lane?.spans.filter(({ state }) => state === 7);
    assert.deepEqual(
      gap?.map(({ begin, end }) => [begin, end]),
      [[MS, 2 * MS + 10 * (5000 - 3072)]],
    );
    // What nobody wanted is not missed.
    for (let i = 0; i < 5000; i++) ring.write(ran(at + 90 * MS, at + 90 * MS, 2));
    history.skip();
    history.drain(at + 91 * MS);
    assert.equal(history.lost, 5000 - 3072);
  });

  it("goes on where the count of events and the clock's low word wrap", () => {
    const ring = new FakeRing(4096);
    ring.startAt(-2);
    const history = new History(0, 0, ring.shared);
    history.skip();
    const wrap = 7 * 2 ** 32;
    history.drain(wrap - MS);
    ring.write(
      [Kind.sync, wrap - MS, 6, 0],
      ran(wrap - MS / 2, wrap + MS / 2, 1),
      [Kind.sync, wrap + MS, 7, 0],
      ran(wrap + MS, wrap + 2 * MS, 2),
    );
    history.drain(wrap + 2 * MS);
    assert.deepEqual([history.count, history.lost], [2, 0]);
    assert.deepEqual([history.timeOf(0), history.timeOf(1)], [wrap - MS / 2, wrap + MS]);
  });

  it("forgets what is older than ten seconds, and all of it after a long silence", () => {
    const ring = new FakeRing();
    const history = new History(0, 0, ring.shared);
    ring.write(ran(SECOND, SECOND + MS, 1), ran(5 * SECOND, 5 * SECOND + MS, 2));
    history.drain(6 * SECOND);
    assert.equal(history.count - history.first, 2);
    history.drain(12 * SECOND);
    assert.equal(history.count - history.first, 1);
    history.drain(600 * SECOND);
    ring.write(ran(600 * SECOND, 600 * SECOND + MS, 3));
    history.drain(601 * SECOND);
    assert.equal(history.count - history.first, 1);
    assert.equal(history.timeOf(history.first), 600 * SECOND);
    const [lane] = lanesOf([history], [599 * SECOND, 601 * SECOND, 1000]);
    assert.deepEqual(
      lane?.spans.map(({ goroutine }) => goroutine),
      [3],
    );
  });

  it("refuses what is no ring", () => {
    assert.throws(() => new History(3, 0, new FakeRing(64, 7).shared), /machine 3 has no ring/);
    assert.throws(() => new History(3, 0, new FakeRing(63).shared), /machine 3 has no ring/);
  });
});

describe("marks and gaps", () => {
  it("are steals, summed up by victim within a pixel, notes, and times when nothing was written", () => {
    const at = 20 * SECOND;
    const history = historyOf(
      [
        [Kind.steal, at + MS, 3, 1],
        [Kind.steal, at + MS + 1, 2, 1],
        [Kind.log, at + 2 * MS, 17, 5, 0, 4],
        [Kind.regionBegin, at + 3 * MS, 17, 0, 0, 6],
        [Kind.gap, at + 4 * MS, 0, 3 * MS],
        ran(at + 8 * MS, at + 9 * MS, 1),
      ],
      at,
    );
    const [lane] = lanesOf([history], [at, at + 10 * MS, 100]);
    assert.deepEqual(lane?.marks, [
      [MS, LaneMark.steal, 5, 1],
      [2 * MS, LaneMark.note, 5, 17],
      [3 * MS, LaneMark.note, 6, 17],
    ]);
    assert.deepEqual(
      lane?.spans.map(({ begin, end, state }) => [begin / MS, end / MS, state]),
      [
        [4, 7, 7],
        [8, 9, 1],
      ],
    );
  });

  it("go back a minute where recording was off for long, and do not disturb the clock", () => {
    const at = 900 * SECOND;
    const history = historyOf(
      [
        [Kind.sync, at, Math.floor(at / 2 ** 32), 0],
        [Kind.gap, at - 400 * SECOND, 0, 400 * SECOND],
        ran(at, at + MS, 1),
      ],
      at,
    );
    assert.equal(history.reached, at + MS);
    const [lane] = lanesOf([history], [at - 30 * SECOND, at + SECOND, 1000]);
    assert.deepEqual(
      lane?.spans.map(({ begin, end, state }) => [begin / SECOND, end / SECOND, state]).slice(0, 1),
      [[0, 30, 7]],
    );
  });

  it("include the run that lasts", () => {
    const at = 20 * SECOND;
    const history = historyOf([ran(at, at + MS, 1)], at);
    const [lane] = lanesOf([history], [at, at + SECOND, 100], {
      procs: [{ id: 0, running: 9, sliceMs: 400 }],
      now: at + 500 * MS,
    });
    const last = lane?.spans.at(-1);
    assert.deepEqual([last?.begin, last?.end, last?.goroutine, last?.state], [100 * MS, 500 * MS, 9, 4]);
  });
});

describe("a goroutine's lane", () => {
  it("has when it ran, waited and could run, on whichever machine, and who woke whom", () => {
    const at = 30 * SECOND;
    const here = historyOf(
      [
        [Kind.create, at, 7, 1],
        ran(at + MS, at + 2 * MS, 7, 1, 5),
        [Kind.unblock, at + 4 * MS, 7, 3, 5],
        ran(at + 4 * MS, at + 5 * MS, 3),
      ],
      at,
    );
    const ring = new FakeRing();
    const there = new History(1, 1, ring.shared);
    ring.write(
      [Kind.unblock, at + 6 * MS, 4, 7],
      ran(at + 6 * MS, at + 8 * MS, 7, 0),
      ran(at + 9 * MS, at + 10 * MS, 7, 2),
      ran(at + 10 * MS, at + 12 * MS, 77, 2),
    );
    there.drain(at);
    const track = new Track(7);
    track.look([here, there], at - SECOND);
    const lane = lanesOf([here, there], [at, at + 20 * MS, 1000], { tracks: [track] }).at(-1);
    assert.deepEqual([lane?.kind, lane?.id], [1, 7]);
    assert.deepEqual(
      lane?.spans.map(({ begin, end, state, reason }) => [begin / MS, end / MS, state, reason]),
      [
        [0, 1, 2, 0],
        [1, 2, 0, 0],
        [2, 4, 1, 5],
        [4, 6, 2, 0],
        [6, 8, 0, 0],
        [8, 9, 2, 0],
        [9, 10, 0, 0],
      ],
    );
    assert.deepEqual(
      [...(lane?.marks ?? [])].sort((a, b) => a[0] - b[0]),
      [
        [4 * MS, LaneMark.woken, 3, 0],
        [6 * MS, LaneMark.woke, 4, 1],
      ],
    );
    assert.deepEqual(track.last(), { wokenBy: 3, wokenAt: at + 4 * MS, ranAt: at + 9 * MS, ranUnits: MS });
  });

  it("goes on from look to look, and begins with what it was doing", () => {
    const at = 30 * SECOND;
    const ring = new FakeRing();
    const history = new History(0, 0, ring.shared);
    ring.write([Kind.status, at, 7, 3 | (2 << 3), 12]);
    history.drain(at);
    const track = new Track(7);
    track.look([history], at - SECOND);
    const window = [at, at + 10 * MS, 1000] as const;
    const spans = (): unknown =>
      lanesOf([history], window, { tracks: [track] })
        .at(-1)
        ?.spans.map(({ begin, end, state, reason }) => [begin / MS, end / MS, state, reason]);
    assert.deepEqual(spans(), [[0, 10, 1, 12]]);
    ring.write([Kind.unblock, at + 3 * MS, 7, 0], ran(at + 4 * MS, at + 5 * MS, 7, 1, 1));
    history.drain(at);
    track.look([history], at - SECOND);
    assert.equal(track.seen.length, 3, "each event once");
    assert.deepEqual(spans(), [
      [0, 3, 1, 12],
      [3, 4, 2, 0],
      [4, 5, 0, 0],
      [5, 10, 1, 1],
    ]);
  });

  it("is summed up where its stretches are shorter than a pixel", () => {
    const at = 30 * SECOND;
    const events: FakeEvent[] = [];
    for (let i = 0; i < 2000; i++) events.push(ran(at + i * 100, at + i * 100 + 25, 7, 1, 1));
    const history = historyOf(events, at);
    const track = new Track(7);
    track.look([history], at - SECOND);
    const lane = lanesOf([history], [at, at + SECOND, 100], { tracks: [track], now: at + 200_000 }).at(-1);
    assert.ok((lane?.spans.length ?? 0) <= 5);
    assert.equal(
      lane?.spans.reduce((all, { runs }) => all + runs, 0),
      2000,
    );
    for (const { busy, state } of lane?.spans ?? []) {
      assert.equal(state, 0);
      assert.ok(Math.abs(busy - 64) < 4, `${busy}`);
    }
  });
});
