/**
 * A context goes to another core.
 *
 * What arrives is a context that ends when the original does, and from which others can be derived; what those do does not reach back. `background()` and `todo()` arrive as themselves. The same original that
 * arrives again is the same object while that is alive, and one that comes home is the original.
 *
 *   deadline   the same; it is due there by that core's own clock, also when nobody tells
 *   cause      copied; in place of what cannot be sent an Error that says so (crossing-ending.ts)
 *   value(k)   where key and value both are primitives, but no symbols. An object as a key is another one on another core, and a value that is one would be a copy that looks shared
 *
 * Refused is a context of the program's own making: what it does is its class's code. One that is derived from it by `withCancel` crosses.
 *
 * A context that is over or can never end needs nothing shared: all of it is in the message. How the end of any other travels: crossing-home.ts, crossing-far.ts.
 *
 * Invariant: nothing of the program runs while a context is written or read. So nobody asks here whether a deadline is over: that could end a context, and call its listeners.
 *
 * Go: none, a context is a pointer there.
 */
import { type HandleKind, registerHandle } from "../portable/handles.ts";
import { arrived, holdRecord, importedAs, letGo, Reference, remember } from "../portable/references.ts";
import { article, classOf, refuse } from "../portable/refusal.ts";
import { out, putDouble, putWord, reserve, source, takeDouble, takeWord } from "../portable/wire.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, wordOf } from "../shm/region.ts";
import type { CancelCtx } from "./cancel.ts";
import type { Context } from "./context.ts";
import { End, endOf, putCause, putEnding, takeEnding } from "./crossing-ending.ts";
import { type Carried, FarCtx, StillCtx } from "./crossing-far.ts";
import { crossingOf, originalOf } from "./crossing-home.ts";
import { Ctx } from "./ctx.ts";
import { background, todo } from "./roots.ts";
import { ValueCtx } from "./values.ts";

const TAG = 10;

/** What stands first. */
const Form = { background: 0, todo: 1, open: 2, still: 3 } as const;

/** Of an open one: what its deadline and its source are. */
const TIMED = 1;
const OUTSIDE = 2;
const LATE_CAUSE = 4;

const kind: HandleKind<Context> = {
  is: (value) => value instanceof Ctx || isContextOfTheProgram(value),
  check: (ctx) => {
    if (ctx instanceof Ctx && ctx.foreign === null) return;
    const own = ctx instanceof Ctx ? ctx.foreign : ctx;
    const name = classOf(own as object);
    refuse(
      `is a Context of the program's own${name === undefined ? "" : `, ${article(name)}`}`,
      "its code does not travel: send one that is derived from it, const [ctx, cancel] = withCancel(it)",
    );
  },
  encode: (ctx) => encode(ctx as Ctx),
  decode,
  undo: (ctx) => {
    if (isOpen(ctx as Ctx)) letGo(recordOf(ctx as Ctx));
  },
};

/** As far as can be seen without running its code. */
function isContextOfTheProgram(value: object): boolean {
  return hasMethod(value, "done") && hasMethod(value, "wait") && hasMethod(value, "value");
}

function hasMethod(value: object, name: string): boolean {
  for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property !== undefined) return typeof property.value === "function";
  }
  return false;
}

function encode(ctx: Ctx): void {
  if (ctx === background()) putWord(Form.background);
  else if (ctx === todo()) putWord(Form.todo);
  else if (isOpen(ctx)) putOpen(ctx, ctx.node as CancelCtx);
  else putStill(ctx);
}

/** It can end, and has not. */
function isOpen(ctx: Ctx): boolean {
  return ctx.node !== null && ctx.node.ending === null;
}

function recordOf(ctx: Ctx): number {
  return ctx instanceof FarCtx ? ctx.record : crossingOf(ctx).open();
}

function serialOf(ctx: Ctx): number {
  return ctx instanceof FarCtx || ctx instanceof StillCtx ? ctx.serial : crossingOf(ctx).serial;
}

function putOpen(ctx: Ctx, node: CancelCtx): void {
  const record = recordOf(ctx);
  holdRecord(record);
  const from = node.source;
  // The source is the nearest deadline, which is the earliest: the context's own.
  const timed = from?.timed === true;
  const late = timed ? (from.lateCause ?? undefined) : undefined;
  putWord(Form.open);
  putWord(record);
  putWord(
    (timed ? TIMED : 0) | (from?.outside === true ? OUTSIDE : 0) | (late === undefined ? 0 : LATE_CAUSE),
  );
  putDeadline(ctx.deadline);
  if (late !== undefined) putCause(late);
  putValues(ctx);
}

function putStill(ctx: Ctx): void {
  const serial = serialOf(ctx);
  if (importedAs(serial) !== ctx) remember(serial, ctx);
  const ending = ctx.node?.ending ?? null;
  putWord(Form.still);
  putWord(serial);
  putWord(ending === null ? End.never : endOf(ending));
  putDeadline(ctx.deadline);
  if (ending !== null) putEnding(ending);
  putValues(ctx);
}

function decode(): Context {
  switch (takeWord()) {
    case Form.background:
      return background();
    case Form.todo:
      return todo();
    case Form.open:
      return takeOpen();
    default:
      return takeStill();
  }
}

function takeOpen(): Context {
  const record = takeWord();
  const flags = takeWord();
  const deadline = takeDeadline();
  const late = (flags & LATE_CAUSE) !== 0 ? source.value() : undefined;
  const values = takeValues();
  const { words } = memoryOf(record);
  const at = wordOf(record);
  const serial = words[at + Reference.serial] as number;
  if (words[at + Reference.home] === self.machine) {
    const original = originalOf(serial);
    letGo(record);
    return original;
  }
  const standIn = arrived(record) as FarCtx | undefined;
  if (standIn !== undefined) return standIn;
  const ctx = new FarCtx(serial, deadline, (flags & TIMED) !== 0, (flags & OUTSIDE) !== 0, late, values);
  ctx.standFor(record);
  return ctx;
}

function takeStill(): Context {
  const serial = takeWord();
  const end = takeWord();
  const deadline = takeDeadline();
  const ending = end === End.never ? null : takeEnding(end);
  const values = takeValues();
  const there = importedAs(serial) as Ctx | undefined;
  if (there !== undefined) {
    // The news that it is over comes another way: what its end calls is not to run in here.
    return there;
  }
  let ctx: Ctx;
  if (ending === null) ctx = new StillCtx(serial, values);
  else {
    const far = new FarCtx(serial, deadline, false, false, undefined, values);
    far.ending = ending;
    ctx = far;
  }
  remember(serial, ctx);
  return ctx;
}

function putDeadline(deadline: number | undefined): void {
  reserve(2);
  putDouble(deadline ?? Number.NaN);
}

function takeDeadline(): number | undefined {
  const deadline = takeDouble();
  return Number.isNaN(deadline) ? undefined : deadline;
}

function putValues(ctx: Ctx): void {
  const values = valuesOf(ctx);
  putWord(values.size);
  for (const [key, value] of values) {
    out.value(key);
    out.value(value);
  }
}

function takeValues(): Carried {
  const values = new Map<unknown, unknown>();
  for (let left = takeWord(); left > 0; left--) {
    const key = source.value();
    values.set(key, source.value());
  }
  return values;
}

/** What crosses of a context's values: the nearest for each key. */
function valuesOf(ctx: Ctx): Carried {
  const values = new Map<unknown, unknown>();
  const hidden = new Set<unknown>();
  for (let at: Context | null = ctx; at instanceof Ctx; at = at.parent) {
    if (at instanceof ValueCtx) {
      if (values.has(at.key) || hidden.has(at.key) || !isPlain(at.key)) continue;
      // Also one that stays here hides what is above it.
      if (isPlain(at.held)) values.set(at.key, at.held);
      else hidden.add(at.key);
    } else if (at instanceof FarCtx || at instanceof StillCtx) {
      for (const [key, value] of at.carried) {
        if (!values.has(key) && !hidden.has(key)) values.set(key, value);
      }
    }
  }
  return values;
}

function isPlain(value: unknown): boolean {
  const type = typeof value;
  return value === null || (type !== "object" && type !== "function" && type !== "symbol");
}

registerHandle(TAG, kind);
