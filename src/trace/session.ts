/**
 * A program's own trace: begun, ended, and looked at while it goes on.
 *
 * With a file all events go there; without one the rings alone have them, and give the last seconds on demand (a flight recorder), or by themselves when the runtime ends the process.
 *
 * Go: runtime/trace (Start, Stop, FlightRecorder). Differs: one thing and not two; what a recorder has is asked for in seconds and given as bytes.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, InvalidOptionError, TraceError } from "../base/errors.ts";
import { ending, printError } from "../runtime/exit.ts";
import { Go } from "../runtime/goroutine.ts";
import { hostOnly } from "../runtime/isolation.ts";
import { p } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { G } from "../runtime/status.ts";
import { HOME } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { EVENT_WORDS, Kind, UNITS_A_MS } from "./events.ts";
import { beginRings, createTraceFile, endTraceFile, metaNow, whose, whyEnded } from "./file.ts";
import {
  ChunkKind,
  EventsEncoder,
  endChunk,
  metaChunk,
  namesChunk,
  TRACE_HEADER,
  traceChunk,
} from "./format.ts";
import { nameNumber, nameOfFunction, namesFrom } from "./names.ts";
import { units } from "./recorder.ts";
import { copyEvents, headOf, type Ring, RingWord } from "./ring.ts";
import { allRings, setTraced, setTracedText, Traced, tracedNow, tracing } from "./switch.ts";

/** What `trace.start` takes. */
export interface TraceOptions {
  /** All events go to this file, which is made or emptied. Without one the last are kept in memory, for {@link lastTrace}. */
  readonly file?: string;
}

/** What `trace.last` takes. */
export interface LastOptions {
  /** How far back; 10 unless told. What the memory does not reach back to is not there: 262,144 events for each processor. */
  readonly seconds?: number;
}

const HIGH = 2 ** 32;
const USUAL_SECONDS = 10;
/** Goroutines that are told of though they do nothing. */
const MOST_STILL = 10_000;

/**
 * Begins to write down who runs, who wakes whom and who is made, on all cores, and goes on until {@link stopTrace} or the end of the process.
 *
 * It costs about 50 ns for each run of a goroutine. When the process ends by a panic or a deadlock without a file, the last seconds go to a file of their own by themselves, whose name is printed.
 *
 * @throws TraceError (`GORT_TRACE`) when it is on already, or the file cannot be written
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`)
 *
 * Go: trace.Start, trace.FlightRecorder.Start.
 */
export function startTrace(options: TraceOptions = {}): void {
  hostOnly("trace.start");
  checkNames("trace.start", options, ["file"]);
  // A core that reads the program only for its portable functions comes by here as well.
  if (cores.runReached !== null && p.slot === 0) return;
  const { file } = options;
  if (file !== undefined && (typeof file !== "string" || file === "")) {
    throw new InvalidOptionError(`trace.start: file is the path of a file, got ${describe(file)}`);
  }
  if ((tracedNow() & Traced.recorded) !== 0) {
    throw new TraceError("trace.start: a trace is being recorded already; stop() ends it");
  }
  whyEnded.reason = "exit";
  if (file === undefined) {
    beginRings();
    setTraced(Traced.recorded, 0);
    return;
  }
  createTraceFile(file);
  // Other threads open it later, and the program may have changed its folder by then.
  setTracedText(HOME.traceFile, resolve(file));
  setTraced(Traced.file, 0);
  setTraced(Traced.recorded, 0);
}

/** Ends the trace; the file is whole when the promise is kept. Without one that goes on it does nothing. Go: trace.Stop. */
export async function stopTrace(): Promise<void> {
  hostOnly("trace.stop");
  finish("stop");
}

function finish(reason: "stop" | "panic" | "deadlock"): void {
  const bits = tracedNow();
  if ((bits & Traced.recorded) === 0) return;
  if ((bits & Traced.file) !== 0) endTraceFile(reason);
  setTraced(0, Traced.recorded | Traced.file);
}

/**
 * The last seconds as a trace file's bytes: write them to a file for `gort trace`. Recording goes on.
 *
 * @throws TraceError (`GORT_TRACE`) when nothing is recorded
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`)
 *
 * Go: trace.FlightRecorder.WriteTo.
 */
export function lastTrace(options: LastOptions = {}): Uint8Array {
  hostOnly("trace.last");
  checkNames("trace.last", options, ["seconds"]);
  const { seconds = USUAL_SECONDS } = options;
  if (typeof seconds !== "number" || !(seconds > 0)) {
    throw new InvalidOptionError(`trace.last: seconds is a number above 0, got ${describe(seconds)}`);
  }
  if ((tracedNow() & Traced.recorded) === 0) {
    throw new TraceError("trace.last: nothing is recorded; call trace.start() first");
  }
  return lastSeconds(seconds);
}

/** The same, of whatever has been recorded for whomever. */
export function lastSeconds(seconds: number): Uint8Array {
  tracing.recorder?.publish();
  const since = Math.max(0, Math.floor(units() - seconds * 1000 * UNITS_A_MS));
  const parts: Uint8Array[] = [TRACE_HEADER, metaChunk(0, 0, metaNow())];
  const names = namesFrom(1);
  for (const ring of allRings()) {
    const [machine, proc] = whose(ring);
    if (names.length > 0) parts.push(namesChunk(machine, proc, 1, names));
    for (const payload of windowOf(ring, since)) {
      if (payload.length > 0) parts.push(traceChunk(ChunkKind.events, machine, proc, payload));
    }
  }
  parts.push(endChunk(0, 0, { reason: "last", lost: 0, clockMs: units() / UNITS_A_MS }));
  return Buffer.concat(parts);
}

/** The events of a ring that are not older than `since`. Of this thread's goroutines that are not in them, how they are. */
function* windowOf(ring: Ring, since: number): Generator<Uint8Array> {
  const words = new Int32Array(ring.capacity * EVENT_WORDS);
  // As far back as there are any; of a trace of the program's own as far back as that goes.
  const isOwn = (tracedNow() & Traced.recorded) !== 0;
  const tail = isOwn ? (ring.words[RingWord.began] as number) : (headOf(ring) - ring.capacity) | 0;
  const { count } = copyEvents(ring, tail, words);
  const from = firstSince(words, count, since);
  const encoder = new EventsEncoder();
  encoder.sync(since);
  if (whose(ring)[0] === self.machine)
    yield encoder.encode(...stillOnes(words, from.event, count, since)).slice();
  encoder.sync(from.time);
  yield encoder.encode(words, from.event * EVENT_WORDS, count - from.event).slice();
}

/** The first event that is not over before `since`, and the time in full that is known there. */
function firstSince(words: Int32Array, count: number, since: number): { event: number; time: number } {
  let event = 0;
  // What the ring has never had.
  while (event < count && words[event * EVENT_WORDS + 1] === 0) event++;
  let time = timeBefore(words, event, count);
  for (; event < count; event++) {
    const i = event * EVENT_WORDS;
    const kind = (words[i + 1] as number) & 0xff;
    const b = (words[i + 3] as number) >>> 0;
    const at = kind === Kind.sync ? syncTime(words, i) : time + (((words[i] as number) - (time % HIGH)) | 0);
    const length = kind === Kind.run ? b >>> 3 : kind === Kind.gap ? b : 0;
    if (at >= since || at + length > since) break;
    time = at;
  }
  return { event, time };
}

/** The time in full near event `from`, where no Sync stands before it: that of the next one, or now. */
function timeBefore(words: Int32Array, from: number, count: number): number {
  for (let i = from; i < count; i++) {
    if (((words[i * EVENT_WORDS + 1] as number) & 0xff) === Kind.sync)
      return syncTime(words, i * EVENT_WORDS);
  }
  return units();
}

function syncTime(words: Int32Array, at: number): number {
  return ((words[at + 2] as number) >>> 0) * HIGH + ((words[at] as number) >>> 0);
}

/** Status events of goroutines that have done nothing since. */
function stillOnes(
  words: Int32Array,
  from: number,
  to: number,
  since: number,
): [words: Int32Array, at: number, count: number] {
  const seen = new Set<number>();
  for (let i = from; i < to; i++) seen.add(words[i * EVENT_WORDS + 2] as number);
  const found: number[] = [];
  for (const g of p.slots) {
    if (found.length === MOST_STILL * EVENT_WORDS) break;
    if (!(g instanceof Go) || g.state !== G.waiting || seen.has(g.id | 0)) continue;
    found.push(since | 0, Kind.status | (g.reason << 8) | (nameOfFunction(g.name) << 16), g.id | 0, g.state);
  }
  return [Int32Array.from(found), 0, found.length / EVENT_WORDS];
}

/** The runtime ends the process: what there is of a trace must not go with it. */
function reported(text: string): void {
  const why = text.startsWith("panic") ? "panic" : "deadlock";
  const bits = tracedNow();
  if ((bits & Traced.recorded) === 0) return;
  tracing.recorder?.note(Kind.mark, nameNumber(why), p.current.id, 0);
  whyEnded.reason = why;
  if ((bits & Traced.file) !== 0) {
    finish(why);
    return;
  }
  const file = `gort-${process.pid}.trace`;
  try {
    writeFileSync(file, lastSeconds(USUAL_SECONDS));
    printError(`\ngort: the last seconds before this are in ${file}: gort trace ${file}`);
  } catch (error) {
    printError(
      `\ngort: the last seconds before this could not be written to ${file}: ${(error as Error).message}`,
    );
  }
}

ending.reported.push(reported);

function checkNames(what: string, options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError(`${what}: the options are an object, got ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name))
      throw new InvalidOptionError(`${what}: there is no option "${name}" (${names.join(", ")})`);
  }
}
