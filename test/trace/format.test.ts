/**
 * Events are the same behind the file as before it.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EVENT_WORDS, Kind } from "#src/trace/events.ts";
import { decodeEvents, EventsEncoder } from "#src/trace/format.ts";
import { EventColumns } from "#src/trace/read/columns.ts";
import { random } from "../base/seed.ts";

type Event = readonly [time: number, kind: number, reason: number, name: number, a: number, b: number];

/** The words of a ring: a Sync first, and wherever the time leaps. */
function words(events: readonly Event[]): Int32Array {
  const out: number[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const [time, kind, reason, name, a, b] of events) {
    if (Math.abs(time - before) >= 2 ** 31)
      out.push(time % 2 ** 32, Kind.sync, Math.floor(time / 2 ** 32), 0);
    before = time;
    out.push(time % 2 ** 32, kind | (reason << 8) | (name << 16), a, b);
  }
  return Int32Array.from(out);
}

function decoded(payload: Uint8Array): Event[] {
  const columns = new EventColumns();
  assert.equal(decodeEvents(payload, columns), true, "whole");
  return list(columns);
}

function list({ count, times, kinds, reasons, names, as, bs }: EventColumns): Event[] {
  return Array.from({ length: count }, (_, i) =>
    [times, kinds, reasons, names, as, bs].map((column) => column[i] as number),
  ) as unknown as Event[];
}

function encoded(events: readonly Event[]): Uint8Array {
  const ring = words(events);
  return new EventsEncoder().encode(ring, 0, ring.length / EVENT_WORDS).slice();
}

test("an event of each extreme", () => {
  const events: Event[] = [
    [0, Kind.run, 0, 0, 0, 0],
    [1, Kind.run, 255, 65_535, 0xffff_ffff, 0xffff_ffff],
    [0, Kind.mark, 1, 1, 0, 1],
    [2 ** 31 - 1, Kind.gap, 0, 0, 0x7fff_ffff, 0x8000_0000],
    [2 ** 32 - 1, 31, 0, 0, 0x8000_0000, 127],
    [2 ** 32, Kind.log, 0, 128, 0, 128],
    [2 ** 32 + 5, Kind.log, 0, 127, 1, 16_383],
    [2 ** 32 - 7, Kind.run, 0, 127, 0xffff_ffff, 16_384],
    [2 ** 52, Kind.run, 0, 0, 1, 2 ** 21],
    [3, Kind.run, 0, 0, 1, 2 ** 28],
  ];
  assert.deepEqual(decoded(encoded(events)), events);
});

test("what is usual takes few bytes", () => {
  const events: Event[] = Array.from({ length: 1000 }, (_, i) => [
    1e9 + i * 20,
    Kind.run,
    1,
    0,
    5 + (i % 8),
    160,
  ]);
  assert.ok(encoded(events).length < 6.1 * events.length, `${encoded(events).length} bytes`);
});

test("Sync events are not written, and their time holds over several calls", () => {
  const encoder = new EventsEncoder();
  const ring = words([
    [5 * 2 ** 32 + 10, Kind.run, 0, 0, 1, 8],
    [5 * 2 ** 32 + 20, Kind.run, 0, 0, 2, 8],
  ]);
  assert.equal(encoder.encode(ring, 0, 1).length, 0, "only a Sync");
  assert.deepEqual(decoded(encoder.encode(ring, EVENT_WORDS, 1)), [[5 * 2 ** 32 + 10, Kind.run, 0, 0, 1, 8]]);
  assert.deepEqual(decoded(encoder.encode(ring, 2 * EVENT_WORDS, 1)), [
    [5 * 2 ** 32 + 20, Kind.run, 0, 0, 2, 8],
  ]);
  encoder.sync(9 * 2 ** 32);
  assert.deepEqual(decoded(encoder.encode(ring, EVENT_WORDS, 1)), [[9 * 2 ** 32 + 10, Kind.run, 0, 0, 1, 8]]);
});

test("a run that began before a Sync keeps its time, on both sides of 2^32", () => {
  const ring = Int32Array.from([
    ...[5, Kind.sync, 7, 0],
    ...[-20, Kind.run, 0, 200],
    ...[3, Kind.run, 0, 200],
  ]);
  const times = decoded(new EventsEncoder().encode(ring, 0, 3)).map(([time]) => time);
  assert.deepEqual(times, [7 * 2 ** 32 - 20, 7 * 2 ** 32 + 3]);
});

test("events by chance are the same behind the file", (t: TestContext) => {
  const { below } = random(t, "trace/format");
  const word = (): number => {
    const bits = below(33);
    return bits === 32 ? below(2 ** 32) : below(2 ** bits);
  };
  for (let round = 0; round < 300; round++) {
    let time = below(2) === 0 ? below(1000) : below(2 ** 32) * 2 ** 20;
    const events = Array.from({ length: below(200) }, (): Event => {
      const leap = below(20) === 0 ? below(2 ** 32) * 2 ** below(10) : below(300);
      time = Math.max(0, below(4) === 0 ? time - leap : time + leap);
      const kind = 2 + below(30);
      return [time, kind, below(2) * below(256), below(2) * below(65_536), word(), word()];
    });
    const payload = encoded(events);
    if (events.length === 0) assert.equal(payload.length, 0);
    else assert.deepEqual(decoded(payload), events);
  }
});

test("a damaged payload gives what stands before the damage", (t: TestContext) => {
  const { below } = random(t, "trace/format");
  const events = Array.from(
    { length: 50 },
    (_, i): Event => [1000 + i * 300, 2 + (i % 5), i % 3, i * 40, i * 7777, i * 1_000_003],
  );
  const payload = encoded(events);
  for (let length = 0; length < payload.length; length++) {
    const columns = new EventColumns();
    assert.equal(decodeEvents(payload.subarray(0, length), columns), false, `${length} bytes`);
    assert.deepEqual(list(columns), events.slice(0, columns.count));
  }
  assert.equal(decodeEvents(Buffer.concat([payload, Buffer.of(0)]), new EventColumns()), false, "too long");
  for (let round = 0; round < 2000; round++) {
    const broken = payload.slice();
    for (let n = 1 + below(4); n > 0; n--) broken[below(broken.length)] = below(256);
    const columns = new EventColumns();
    decodeEvents(broken, columns);
    assert.ok(columns.count <= broken.length);
    for (const [time] of list(columns)) assert.ok(time >= 0 && time <= Number.MAX_SAFE_INTEGER);
  }
});
