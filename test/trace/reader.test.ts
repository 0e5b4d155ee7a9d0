/**
 * A file becomes a trace: in the order of time, whatever comes after it, and wherever it was cut.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Kind, RunEnd } from "#src/trace/events.ts";
import { EventsEncoder, endChunk, namesChunk, TRACE_HEADER, traceChunk } from "#src/trace/format.ts";
import {
  ForeignTraceError,
  type MachineTrace,
  readTrace,
  type Trace,
  TraceReader,
} from "#src/trace/reader.ts";
import { synthetic } from "./synthetic.ts";

type Words = readonly [time: number, head: number, a: number, b: number];

/** A file of one machine. */
function file(events: readonly Words[]): Uint8Array {
  const payload = new EventsEncoder().encode(Int32Array.from(events.flat()), 0, events.length);
  return Buffer.concat([
    TRACE_HEADER,
    traceChunk(3, 0, 0, payload),
    endChunk(0, 0, { reason: "stop", lost: 3 }),
  ]);
}

/** What matters of a trace, for comparisons. */
function gist(trace: Trace): unknown {
  const machines = trace.machines.map(({ machine, proc, names, events }) => {
    const { count, times, kinds, reasons, names: named, as, bs } = events;
    const columns = [times, kinds, reasons, named, as, bs].map((column) => [...column.subarray(0, count)]);
    return { machine, proc, names, columns };
  });
  return { ...trace, machines };
}

const { file: sound, truth } = synthetic({ seed: 3, events: 600, procs: 2, chunk: 50 });

test("a whole file", () => {
  const trace = readTrace(sound);
  assert.equal(trace.meta?.program, "synthetic.ts");
  assert.deepEqual(trace.end, { reason: "exit", lost: 0 });
  assert.deepEqual([trace.cutBytes, trace.unknownChunks, trace.damagedChunks], [0, 0, 0]);
  assert.ok(trace.count >= 600);
  assert.deepEqual(
    trace.machines.map(({ machine, proc, names }) => [machine, proc, names[1]]),
    [
      [0, 0, "main"],
      [1, 1, "main"],
    ],
  );
  let runs = 0;
  for (const { events } of trace.machines) {
    for (let i = 0; i < events.count; i++) {
      if (events.kinds[i] === Kind.run) runs++;
      if (i > 0) assert.ok((events.times[i] as number) >= (events.times[i - 1] as number), "in order");
    }
  }
  assert.equal(runs, truth.runs);
});

test("every prefix opens, and says what is missing", () => {
  const whole = readTrace(sound);
  let most = 0;
  for (let length = 0; length < sound.length; length++) {
    const trace = readTrace(sound.subarray(0, length));
    assert.equal(trace.end, null, `${length} bytes`);
    assert.ok(trace.cutBytes <= length);
    assert.equal(trace.damagedChunks, 0);
    assert.ok(trace.count >= most && trace.count <= whole.count, "more bytes, more events");
    most = trace.count;
  }
  assert.equal(most, whole.count);
});

test("pieces of any size are the same file", () => {
  const whole = gist(readTrace(sound));
  for (const size of [1, 2, 7, 64, 1000]) {
    const reader = new TraceReader();
    const piece = new Uint8Array(size);
    for (let at = 0; at < sound.length; at += size) {
      const part = sound.subarray(at, at + size);
      piece.set(part);
      reader.push(piece.subarray(0, part.length));
      piece.fill(0xee);
    }
    assert.deepEqual(gist(reader.finish()), whole, `pieces of ${size}`);
  }
});

test("what is not a trace is refused", () => {
  for (const bytes of ["x", "gorttrace 2\n", "gorttrace 1\r", "#!/bin/sh\necho hello, world\n", "\0"]) {
    assert.throws(() => readTrace(Buffer.from(bytes)), ForeignTraceError, JSON.stringify(bytes));
  }
});

test("an unknown chunk is skipped, a damaged one counted", () => {
  const trace = readTrace(
    Buffer.concat([
      sound,
      traceChunk(99, 0, 0, Buffer.from("later")),
      traceChunk(1, 0, 0, Buffer.from("{")),
      traceChunk(2, 0, 0, Buffer.from("[1,2]")),
      traceChunk(2, 0, 0, Buffer.from("{}")),
      traceChunk(2, 0, 0, Buffer.from("[70000]")),
      traceChunk(3, 0, 0, Buffer.from("abc")),
      traceChunk(4, 0, 0, Buffer.from("[]")),
    ]),
  );
  assert.deepEqual([trace.unknownChunks, trace.damagedChunks], [1, 6]);
  assert.equal(trace.count, readTrace(sound).count);
});

test("names come in parts", () => {
  const event = file([[5, Kind.run, 1, 8]]);
  const trace = readTrace(
    Buffer.concat([event, namesChunk(0, 0, 1, ["one", "two"]), namesChunk(0, 0, 3, ["three"])]),
  );
  assert.deepEqual(trace.machines[0]?.names, ["", "one", "two", "three"]);
  assert.equal(trace.lost, 3);
});

test("a run stands before what it has done, and behind what came before it", () => {
  const run = (time: number, g: number, length: number): Words => [
    time,
    Kind.run,
    g,
    length * 8 + RunEnd.blocked,
  ];
  const trace = readTrace(
    file([
      [100, Kind.unblock, 1, 0],
      [100, Kind.create, 7, 2],
      [100, Kind.regionBegin, 2, 0],
      run(100, 2, 0),
      [100, Kind.unblock, 8, 1],
      [104, Kind.create, 9, 1],
      run(100, 1, 20),
      [130, Kind.steal, 1, 1],
      run(130, 3, 10),
    ]),
  );
  const { kinds, as, count } = (trace.machines[0] as MachineTrace).events;
  assert.deepEqual(
    Array.from({ length: count }, (_, i) => [kinds[i], as[i]]),
    [
      [Kind.unblock, 1],
      [Kind.run, 2],
      [Kind.create, 7],
      [Kind.regionBegin, 2],
      [Kind.run, 1],
      [Kind.unblock, 8],
      [Kind.create, 9],
      [Kind.steal, 1],
      [Kind.run, 3],
    ],
  );
  assert.deepEqual([trace.began, trace.ended], [100, 140]);
});

test("events out of order are put in order", () => {
  const times = [50, 10, 40, 10, 0];
  const trace = readTrace(file(times.map((time, i): Words => [time, Kind.steal, i, 0])));
  const { events } = trace.machines[0] as MachineTrace;
  assert.deepEqual([...events.times.subarray(0, 5)], [0, 10, 10, 40, 50]);
  assert.deepEqual([...events.as.subarray(0, 5)], [4, 1, 3, 2, 0]);
});
