/**
 * What a program says of itself in its trace: regions, tasks, messages.
 *
 * While nothing is recorded each of them is a check and no more.
 *
 * Go: runtime/trace (WithRegion, NewTask, Log).
 */
import { checkFunction, describe, InvalidOptionError } from "../base/errors.ts";
import { type Context, checkContext } from "../context/context.ts";
import { withValue } from "../context/values.ts";
import { isGeneratorFunction } from "../runtime/generator.ts";
import { currentId } from "../runtime/kernel.ts";
import type { Goroutine } from "../runtime/operation.ts";
import { Kind } from "./events.ts";
import { nameNumber, textNumber } from "./names.ts";
import type { Recorder } from "./recorder.ts";
import { tracing } from "./switch.ts";

/** A piece of work that may be done by several goroutines: what `task` gives. */
export interface TraceTask {
  /** To hand down: a task that is begun with it is part of this one. */
  readonly ctx: Context;
  readonly name: string;
  /** It is done. The first call counts. */
  end(): void;
  [Symbol.dispose](): void;
}

/** The recorder, if it records. */
function recording(): Recorder | null {
  const { recorder } = tracing;
  return recorder?.isOn === true ? recorder : null;
}

/**
 * Calls `fn`, and names the time that it takes in the trace. Of a generator function it gives the goroutine to go on with: `yield* region("parse", function* () { … })`. A region of an async function lasts until its promise is settled.
 *
 * Go: trace.WithRegion.
 */
export function region<R>(name: string, fn: () => Goroutine<R>): Goroutine<R>;
export function region<R>(name: string, fn: () => R): R;
export function region(name: string, fn: () => unknown): unknown {
  checkText("trace.region", "name", name);
  checkFunction("trace.region", fn);
  if (isGeneratorFunction(fn)) return within(name, fn() as Goroutine<unknown>);
  const id = currentId();
  beginRegion(name, id);
  let result: unknown;
  try {
    result = fn();
  } catch (error) {
    endRegion(name, id);
    throw error;
  }
  if (!(result instanceof Promise)) {
    endRegion(name, id);
    return result;
  }
  return result.finally(() => endRegion(name, id));
}

function* within(name: string, body: Goroutine<unknown>): Goroutine<unknown> {
  const id = currentId();
  beginRegion(name, id);
  try {
    return yield* body;
  } finally {
    endRegion(name, id);
  }
}

function beginRegion(name: string, id: number): void {
  recording()?.note(Kind.regionBegin, nameNumber(name), id, 0);
}

function endRegion(name: string, id: number): void {
  recording()?.note(Kind.regionEnd, nameNumber(name), id, 0);
}

const TASK = Symbol("gort task");
const tasks = { next: 1 };

/**
 * Begins a task: a piece of work that is followed across goroutines. Hand its `ctx` down, and end it.
 *
 * Go: trace.NewTask.
 */
export function task(name: string, ctx: Context): TraceTask {
  checkText("trace.task", "name", name);
  checkContext("trace.task: ctx", ctx);
  const id = tasks.next++;
  const parent = ctx.value(TASK);
  recording()?.note(Kind.taskBegin, nameNumber(name), id, typeof parent === "number" ? parent : 0);
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    recording()?.note(Kind.taskEnd, nameNumber(name), id, currentId());
  };
  return { ctx: withValue(ctx, TASK, id), name, end: over, [Symbol.dispose]: over };
}

/**
 * A message at this moment. Categories are few (a dozen), messages may all differ; of 20,000 texts together a trace keeps each.
 *
 * Go: trace.Log.
 */
export function log(category: string, message: string): void {
  checkText("trace.log", "category", category);
  checkText("trace.log", "message", message);
  const recorder = recording();
  if (recorder !== null) recorder.note(Kind.log, nameNumber(category), currentId(), textNumber(message));
}

function checkText(what: string, which: string, text: unknown): void {
  if (typeof text !== "string")
    throw new InvalidOptionError(`${what}: ${which} is a string, got ${describe(text)}`);
}
