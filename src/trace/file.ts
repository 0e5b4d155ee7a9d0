/**
 * The trace file: what the rings hold goes to its end, chunk by chunk, by whoever has time for it.
 *
 * Each thread writes its own ring's events when it is a quarter full, and what is left each {@link WRITE_EACH_MS}, when its event loop turns; so a file has all of them, whatever a program that is killed was doing a moment ago. Who ends the trace writes the
 * rest of all rings, also of threads that compute or have gone.
 *
 * Invariant: ring.ts, I2.
 *
 * Go: runtime/trace.go (traceReader), whose reader is a goroutine of its own. Differs: no thread writes for another one while that lives.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { TraceError } from "../base/errors.ts";
import { clock } from "../runtime/clock.ts";
import { currentProcs } from "../runtime/procs.ts";
import { VERSION } from "../runtime/singleton.ts";
import { and } from "../shm/atomic.ts";
import { HOME } from "../shm/layout.ts";
import { lock, self, unlock } from "../shm/lock.ts";
import { hasHome, home } from "../shm/region.ts";
import { EVENT_WORDS, UNITS_A_MS } from "./events.ts";
import {
  ChunkKind,
  EventsEncoder,
  endChunk,
  metaChunk,
  namesChunk,
  TRACE_HEADER,
  type TraceEnd,
  traceChunk,
} from "./format.ts";
import { namesFrom } from "./names.ts";
import { units } from "./recorder.ts";
import { copyEvents, headOf, type Ring, RingWord } from "./ring.ts";
import { allRings, recorderHere, Traced, tracedNow, tracedText, tracing } from "./switch.ts";

const WRITE_EACH_MS = 200;
/** Events a chunk. */
const CHUNK_EVENTS = 1 << 15;
/** A thread writes its own when so much of its ring is waiting. */
const FULL_SHARE = 4;

let scratch: Int32Array | null = null;
const encoder = new EventsEncoder();

/** This thread's part of the file that is being written. */
const open: { path: string; fd: number; timer: NodeJS.Timeout | null } = { path: "", fd: -1, timer: null };

/** Makes the file, with its beginning. @throws TraceError */
export function createTraceFile(path: string): void {
  try {
    const fd = openSync(path, "w");
    try {
      writeAll(fd, TRACE_HEADER);
      writeAll(fd, metaChunk(0, 0, metaNow()));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TraceError(`trace: the file ${JSON.stringify(path)} cannot be written (${code ?? message})`);
  }
  beginRings();
}

/** A trace begins: what was recorded before is not part of it. */
export function beginRings(): void {
  if (!hasHome()) return;
  for (const ring of allRings()) {
    lock(ring.words, RingWord.lock);
    ring.words[RingWord.inFile] = headOf(ring);
    ring.words[RingWord.began] = headOf(ring);
    ring.words[RingWord.names] = 0;
    ring.words[RingWord.lost] = 0;
    ring.doubles[RingWord.fileTime >>> 1] = units();
    unlock(ring.words, RingWord.lock);
  }
}

/** What stands at the beginning of a trace. */
export function metaNow(): Parameters<typeof metaChunk>[2] {
  return {
    pid: process.pid,
    node: process.version,
    gort: VERSION,
    procs: currentProcs(),
    program: process.argv[1] ?? "",
    startedAt: new Date(clock.wall()).toISOString(),
    clockMs: units() / UNITS_A_MS,
  };
}

/** Called on the main thread when the process ends with the file open. */
function exiting(): void {
  endTraceFile(whyEnded.reason);
}

/** Why the process ends, once that is known. */
export const whyEnded: { reason: TraceEnd["reason"] } = { reason: "exit" };

/** This thread's events go to the file from here on, or no longer. */
function switched(bits: number): void {
  const path = (bits & Traced.file) === 0 ? "" : tracedText(HOME.traceFile);
  const recorder = tracing.recorder;
  if (path !== open.path) {
    leaveFile();
    if (path !== "") joinFile(path);
  }
  // It has been recording since before the trace began: nobody who was there then is in it.
  if ((bits & Traced.recorded) !== 0 && recorder?.isOn === true && isBefore(recorder.toldAt, recorder.ring))
    recorder.tellAll();
}

/** Whether event `number` of the ring stands before those of the trace. */
function isBefore(number: number, { words }: Ring): boolean {
  return ((number - (words[RingWord.began] as number)) | 0) < 0;
}

function joinFile(path: string): void {
  open.path = path;
  try {
    open.fd = openSync(path, "a");
  } catch {
    // It has gone since it was made: then there is nothing to write to.
    return;
  }
  const recorder = recorderHere();
  const { ring } = recorder;
  recorder.onPause = () => {
    if (((recorder.written - (ring.words[RingWord.inFile] as number)) | 0) * FULL_SHARE > ring.capacity)
      writeRing(ring);
  };
  open.timer = setInterval(() => writeRing(ring), WRITE_EACH_MS);
  open.timer.unref();
  if (self.machine === 0) process.on("exit", exiting);
}

function leaveFile(): void {
  open.path = "";
  if (open.fd < 0) return;
  if (open.timer !== null) clearInterval(open.timer);
  open.timer = null;
  recorderHere().onPause = () => {};
  process.off("exit", exiting);
  closeSync(open.fd);
  open.fd = -1;
}

/** The trace is over: writes what is left of all rings, and the end. Nobody else writes to the file from here on. */
export function endTraceFile(reason: TraceEnd["reason"]): void {
  if (open.fd < 0) return;
  and(home().words, HOME.traced, ~Traced.file);
  tracing.recorder?.stop();
  let lost = 0;
  for (const ring of allRings()) {
    writeRing(ring, true);
    lost += ring.words[RingWord.lost] as number;
  }
  try {
    writeAll(open.fd, endChunk(0, 0, { reason, lost, clockMs: units() / UNITS_A_MS }));
  } catch {
    // As in writeRing.
  }
}

/** Writes what the ring has and the file has not. `isEnd`: by whoever ends the trace, who alone may then. */
function writeRing(ring: Ring, isEnd = false): void {
  const { words, doubles } = ring;
  scratch ??= new Int32Array(CHUNK_EVENTS * EVENT_WORDS);
  lock(words, RingWord.lock);
  try {
    if (!isEnd && !isFileHere()) return;
    encoder.sync(doubles[RingWord.fileTime >>> 1] as number);
    for (;;) {
      const { first, count, lost } = copyEvents(ring, words[RingWord.inFile] as number, scratch);
      words[RingWord.lost] = (words[RingWord.lost] as number) + lost;
      words[RingWord.inFile] = first;
      if (count === 0) break;
      writeNames(ring);
      const payload = encoder.encode(scratch, 0, count);
      if (payload.length > 0) writeAll(open.fd, traceChunk(ChunkKind.events, ...whose(ring), payload));
      words[RingWord.inFile] = (first + count) | 0;
      doubles[RingWord.fileTime >>> 1] = encoder.time;
    }
  } catch {
    // The disk is full, or the file has gone: the program goes on, without a trace.
  } finally {
    unlock(words, RingWord.lock);
  }
}

/** Whether the file that this thread has open is the one that events go to: another thread may have ended that, or begun another one. */
function isFileHere(): boolean {
  return (tracedNow() & Traced.file) !== 0 && tracedText(HOME.traceFile) === open.path;
}

function writeNames(ring: Ring): void {
  const first = (ring.words[RingWord.names] as number) + 1;
  const names = namesFrom(first);
  if (names.length === 0) return;
  writeAll(open.fd, namesChunk(...whose(ring), first, names));
  ring.words[RingWord.names] = first - 1 + names.length;
}

/** The machine and the processor of a ring, as a chunk has them. */
export function whose({ words }: Ring): [machine: number, proc: number] {
  return [words[RingWord.machine] as number, (words[RingWord.processor] as number) >>> 0];
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
}

tracing.onSwitched.push(switched);
