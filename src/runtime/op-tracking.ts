/**
 * GORT_DEBUG=ops: finds operations that were made and never waited for, because a `yield*` or an `await` is missing.
 *
 *   gort: chan send operation made and never waited for (yield* or await is missing)
 *   	at worker (/app/main.ts:6:3)
 *
 * Each kind of operation calls `probe.track` at the end of its constructor. It is null unless the switch is on, so that nothing is paid.
 * An operation is nearly always waited for in the statement that makes it; what still is not when the microtasks run is
 * recorded, and reported when the garbage collector finds it, before a panic or a deadlock is reported, or when the process ends.
 * gort's own operations (tryRecv's, for one) are done with by then, and a select answers for its cases.
 *
 * Invariants:
 *   I1  `unwaited` holds a record for each operation that is older than a microtask, has not been waited for and has not been reported.
 *   I2  a record holds no operation: being recorded keeps nothing alive.
 *
 * A place is reported once. Go: nothing; there the compiler sees that a value is not used.
 */
import { debugSwitch } from "./debug.ts";
import { ending, printError } from "./exit.ts";
import { captureStack, type Frame, positionText, userFrames } from "./frames.ts";
import { type Operation, probe, State } from "./operation.ts";

/** Gort's own frames above the place, and then some. */
const DEPTH = 10;

interface Made {
  readonly text: string;
}

interface Young extends Made {
  readonly op: Operation<unknown>;
}

/** Places that have been reported. */
const reported = new Set<string>();
const unwaited = new Set<Made>();
const recordOf = new WeakMap<Operation<unknown>, Made>();
let young: Young[] = [];
let registry: FinalizationRegistry<Made> | null = null;

/** A new operation; `cases` are those of a select, which answers for them. */
function track(op: Operation<unknown>, cases: readonly Operation<unknown>[] = []): void {
  if (registry === null) {
    registry = new FinalizationRegistry(report);
    process.on("exit", reportAll);
  }
  for (const one of cases) if (one.done === State.tracked) waited(one);
  op.done = State.tracked;
  const what = op.toString().replace(/^this /, "");
  const place = placeText(userFrames(captureStack(track, DEPTH).stack)[0]);
  const text = `gort: ${what} made and never waited for (yield* or await is missing)\n${place}`;
  if (reported.has(text)) return;
  if (young.length === 0) queueMicrotask(grow);
  young.push({ op, text });
}

/** Records what has not been waited for in the statement that made it. */
function grow(): void {
  const all = young;
  young = [];
  for (const { op, text } of all) {
    if (op.done !== State.tracked) continue;
    const made: Made = { text };
    unwaited.add(made);
    recordOf.set(op, made);
    registry?.register(op, made, op);
  }
}

/** `op` is waited for now, or a select answers for it. */
function waited(op: Operation<unknown>): void {
  op.done = State.fresh;
  const made = recordOf.get(op);
  if (made === undefined) return;
  recordOf.delete(op);
  unwaited.delete(made);
  registry?.unregister(op);
}

function report(made: Made): void {
  // One that has been reported at the process's end is not in the set any more.
  if (!unwaited.delete(made) || reported.has(made.text)) return;
  reported.add(made.text);
  printError(made.text);
}

function reportAll(): void {
  grow();
  for (const made of unwaited) report(made);
}

function placeText(frame: Frame | undefined): string {
  if (frame === undefined) return "\tat a place that the stack does not name";
  const position = positionText(frame);
  return frame.fn === "<anonymous>" ? `\tat ${position}` : `\tat ${frame.fn} (${position})`;
}

if (debugSwitch("ops") !== undefined) {
  probe.track = track;
  probe.waited = waited;
  ending.before = reportAll;
}
