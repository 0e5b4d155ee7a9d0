/**
 * Where a parked goroutine is, and what it waits for: resumed for nothing but a look.
 *
 * It is resumed once with a probe set: the operation at the bottom records what is asked for and parks again, no line of the program runs, and the whole
 * `yield*` chain is on the stack. So a stack costs nothing until somebody asks.
 *
 * Invariants (owner thread only):
 *   I1  `probe.sink` is set only while a goroutine is resumed for a look, and nobody is `p.current` meanwhile.
 *   I2  a look changes nothing: a goroutine that has been woken still gets its value.
 *
 * Go: runtime/traceback.go, which walks a stack in memory. Differs: V8 shows no stack but the running one.
 */
import { captureStack, type Frame, userFrames } from "./frames.ts";
import { resume } from "./generator.ts";
import type { Go } from "./goroutine.ts";
import { type Operation, probe } from "./operation.ts";
import { leave, p } from "./processor.ts";

/** Enough for most goroutines, with the few frames of gort's own. */
const SHALLOW = 12;

/** Where a goroutine is: the program's frames, the innermost first. */
export function framesOf(g: Go): Frame[] {
  return userFrames(positionOf(g).stack);
}

/** What a look finds. */
export interface Position {
  /** As V8 writes it, gort's own frames included. Equal texts are equal stacks, so it need not be taken apart each time. */
  readonly stack: string | undefined;
  /** What it waits for; null for one that sleeps, or does not wait. */
  readonly op: Operation<unknown> | null;
}

export function positionOf(g: Go): Position {
  if (g === p.current) return { stack: captureStack().stack, op: null };
  let stack: string | undefined;
  let found: Operation<unknown> | null = null;
  let end = -1;
  const look = (op: Operation<unknown> | null): void => {
    found = op;
    // What is below it is the stack of whoever asked. V8 takes 1 µs and more to write a frame, so not many of those are asked for.
    stack = captureStack(look, SHALLOW).stack;
    end = stack?.indexOf(PROBED) ?? -1;
    if (end >= 0) return;
    stack = captureStack(look).stack;
    end = stack?.indexOf(PROBED) ?? -1;
  };
  lookAt(g, look);
  return { stack: end < 0 ? stack : stack?.slice(0, end), op: found };
}

/** What a goroutine waits for; null for one that sleeps, or does not wait. */
export function operationOf(g: Go): Operation<unknown> | null {
  let found: Operation<unknown> | null = null;
  lookAt(g, (op) => {
    found = op;
  });
  return found;
}

/** Resumes a parked goroutine for nothing but a look from where it waits. */
function lookAt(g: Go, sink: (op: Operation<unknown> | null) => void): void {
  // One that is to be ended where it stands is in no queue, and its operation would not know a probe.
  if (g.body === null || g.body === g.fn || g.isCut) return;
  const { slot } = p;
  probe.sink = sink;
  try {
    // Nobody runs, so that a goroutine which has been woken does not take its result.
    leave();
    resumeProbed(g.body as Generator);
  } finally {
    probe.sink = null;
    p.slot = slot;
  }
}

const PROBED = "gort:probe";

function resumeProbed(body: Generator): void {
  resume.call(body);
}
// A name that no bundler shortens: it marks the end of a goroutine's own frames.
Object.defineProperty(resumeProbed, "name", { value: PROBED });
