/**
 * Portable functions for the tests of what crosses by reference: contexts and handles.
 *
 * Each is started twice, once for each processor: the two meet, the one on the main thread leaves, and the other one does what is to be seen on another core.
 */
import { isMainThread } from "node:worker_threads";
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  type Goroutine,
  go,
  type Handle,
  portable,
  select,
  todo,
  wait,
  withCancel,
  withTimeout,
  withValue,
} from "gort";
import { importCount, isReferring } from "#src/portable/references.ts";
import { collectGarbage, turn } from "../go/support.ts";

const LOST_MS = 30_000;

// biome-ignore lint/suspicious/noExplicitAny: what crosses is whatever a test sends.
export type Anything = any;

const { waitAsync } = Atomics as unknown as {
  waitAsync: (
    words: Words,
    at: number,
    value: number,
  ) => { async: true; value: Promise<string> } | { async: false };
};

/** Words: who has come; what has been signalled, from 1 on. */
export type Words = Int32Array<SharedArrayBuffer>;

export function newWords(): Words {
  return new Int32Array(new SharedArrayBuffer(64));
}

/** Waits, while its thread goes on, until somebody has signalled `flag`. */
export function* signalled(words: Words, flag: number): Goroutine<void> {
  const waited = waitAsync(words, flag, 0);
  if (waited.async) yield* wait(waited.value);
  if (Atomics.load(words, flag) === 0) throw new Error(`nobody has signalled ${flag}`);
}

export function signal(words: Words, flag: number): void {
  Atomics.store(words, flag, 1);
  Atomics.notify(words, flag);
}

/** Holds this thread until somebody has signalled. */
export function block(words: Words, flag: number): void {
  Atomics.wait(words, flag, 0, LOST_MS);
  if (Atomics.load(words, flag) === 0) throw new Error(`nobody has signalled ${flag}`);
}

/** True on the other core; both have come then. */
function isFar(words: Words): boolean {
  Atomics.add(words, 0, 1);
  const until = performance.now() + LOST_MS;
  while (Atomics.load(words, 0) < 2) {
    if (performance.now() > until) throw new Error("the other one has not come");
    Atomics.wait(words, 15, 0, 1);
  }
  return !isMainThread;
}

/** How a context has ended. */
export interface End {
  readonly err: "canceled" | "late" | "own" | undefined;
  readonly cause: Anything;
  readonly isReason: boolean;
  readonly deadline: number | undefined;
}

export function endOf(ctx: Context): End {
  const { err } = ctx;
  return {
    err:
      err === undefined
        ? undefined
        : err instanceof ContextCanceledError
          ? "canceled"
          : err instanceof DeadlineExceededError
            ? "late"
            : "own",
    cause: cause(ctx),
    isReason: ctx.signal.aborted && ctx.signal.reason === cause(ctx),
    deadline: ctx.deadline,
  };
}

/** Signals 1 when it is there, and waits for the end. */
export const seeEnd = portable(function* seeEnd(words: Words, ctx: Context): Goroutine<End | null> {
  if (!isFar(words)) return null;
  signal(words, 1);
  yield* ctx.done();
  signal(words, 3);
  return endOf(ctx);
});

/** The same in `ctx.wait`, with the signal handed out before. */
export const seeEndInWait = portable(function* seeEndInWait(
  words: Words,
  ctx: Context,
): Goroutine<[End, boolean, boolean] | null> {
  if (!isFar(words)) return null;
  let heard = false;
  ctx.signal.addEventListener("abort", () => {
    heard = true;
  });
  signal(words, 1);
  try {
    yield* ctx.wait(chan<number>().recv());
  } catch (error) {
    return [endOf(ctx), heard, error === ctx.err];
  }
  return null;
});

/** Looks at the context without ever giving its thread back, until it has ended. */
export const computeToEnd = portable(function* computeToEnd(
  words: Words,
  ctx: Context,
): Goroutine<string | null> {
  if (!isFar(words)) return null;
  signal(words, 1);
  const until = performance.now() + LOST_MS;
  while (ctx.err === undefined && performance.now() < until);
  return endOf(ctx).err ?? null;
});

/** Has a function run at its end, and keeps nothing else of it. */
export const listenOnly = portable(function* listenOnly(
  words: Words,
  box: { ctx: Context | null },
): Goroutine<boolean | null> {
  if (!isFar(words)) return null;
  contextAfterFunc(box.ctx as Context, () => signal(words, 3));
  box.ctx = null;
  for (let i = 0; i < 3; i++) {
    yield* wait(turn());
    collectGarbage();
  }
  signal(words, 1);
  yield* signalled(words, 3);
  return true;
});

/** What it has at once, without waiting. */
export const seeNow = portable(function* seeNow(words: Words, ctx: Context): Goroutine<End | null> {
  return isFar(words) ? endOf(ctx) : null;
});

/** Looks at it, and lets it go. */
export const look = portable(function* look(words: Words, ctx: Context): Goroutine<boolean | null> {
  return isFar(words) ? ctx.err === undefined : null;
});

export const seeRoots = portable(function* seeRoots(
  words: Words,
  roots: Context[],
): Goroutine<boolean[] | null> {
  return isFar(words) ? [roots[0] === background(), roots[1] === todo()] : null;
});

/** Whether what it is given at once, and what comes later, is one object; then sends it home. */
export const seeSame = portable(function* seeSame(
  words: Words,
  a: Anything,
  b: { readonly inside: Anything },
): Goroutine<{ same: boolean; home: Anything } | null> {
  if (!isFar(words)) return null;
  return { same: a === b.inside, home: a };
});

/** Derives from it, on the other core: cancels one, lets one's time be over, and waits for one that ends with the original. */
export const derive = portable(function* derive(
  words: Words,
  ctx: Context,
): Goroutine<(string | undefined | number)[] | null> {
  if (!isFar(words)) return null;
  const [one, cancel] = withCancel(ctx);
  cancel("mine");
  const [two] = withTimeout(ctx, 1, "over");
  yield* two.done();
  const before = ctx.err?.name;
  const [three] = withCancel(withValue(ctx, "k", 1));
  let ran = 0;
  contextAfterFunc(three, () => {
    ran++;
  });
  signal(words, 1);
  yield* three.done();
  yield* wait(turn());
  return [endOf(one).cause as string, endOf(two).err, before, endOf(three).cause as string, ran];
});

/** Sends it back to the main thread from the other core, where it was derived. */
export const sendOn = portable(function* sendOn(words: Words, ctx: Context): Goroutine<End | null> {
  if (!isFar(words)) return null;
  const [own, cancel] = withCancel(ctx);
  const there = new Int32Array(new SharedArrayBuffer(64));
  const both = [go(backHome, there, own), go(backHome, there, own)];
  yield* signalled(there, 1);
  cancel({ from: "far" });
  for (const g of both) {
    const end = yield* g;
    if (end !== null) return end;
  }
  throw new Error("no one was on the main thread");
});

export const backHome = portable(function* backHome(words: Words, ctx: Context): Goroutine<End | null> {
  if (isFar(words)) return null;
  signal(words, 1);
  yield* ctx.done();
  return endOf(ctx);
});

export const seeValues = portable(function* seeValues(
  words: Words,
  ctx: Context,
  keys: string[],
): Goroutine<Anything[] | null> {
  return isFar(words) ? keys.map((key) => ctx.value(key)) : null;
});

/** Waits for the first of all to end, and drops the rest; many come and go. */
export const seeFirst = portable(function* seeFirst(list: Context[]): Goroutine<string | undefined> {
  const cases: Record<string, ReturnType<Context["done"]>> = {};
  list.forEach((ctx, i) => {
    cases[i] = ctx.done();
  });
  yield* select(cases);
  return list.find((ctx) => ctx.err !== undefined)?.err?.name;
});

/** Asks for it and does not wait. */
export const glance = portable(function* glance(ctx: Context): Goroutine<boolean> {
  return ctx.err === undefined;
});

/** What this core refers to, when what is unreachable has been cleared away. */
export const leftFar = portable(function* leftFar(words: Words): Goroutine<[number, boolean] | null> {
  if (!isFar(words)) return null;
  for (let i = 0; i < 10 && (importCount() > 0 || isReferring()); i++) {
    collectGarbage();
    yield* wait(turn());
  }
  return [importCount(), isReferring()];
});

/** Ends when somebody signals 2. */
export const later = portable(function* later(
  words: Words,
  result: Anything,
  fails: boolean,
): Goroutine<Anything> {
  yield* signalled(words, 2);
  if (fails) throw new RangeError("later", { cause: result });
  return result;
});

/** Waits for a goroutine of another core, twice. */
export const seeHandle = portable(function* seeHandle(
  words: Words,
  handle: Handle<unknown>,
): Goroutine<Anything[] | null> {
  if (!isFar(words)) return null;
  const before = [handle.id, handle.name, handle.status];
  signal(words, 1);
  const results: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    try {
      results.push(yield* handle);
    } catch (error) {
      results.push(error);
    }
  }
  return [...before, handle.status, results[0], results[0] === results[1]];
});

/** Waits for it as async code does, with nothing else that refers to it. */
export const seeHandleAsync = portable(async (words: Words, handle: Handle<unknown>): Promise<Anything> => {
  if (!isFar(words)) return null;
  signal(words, 1);
  return [await handle];
});

export const instant = portable(function* instant(result: number): Goroutine<number> {
  return result;
});

export const awaitHandle = portable(function* awaitHandle(handle: Handle<Anything>): Goroutine<Anything> {
  return yield* handle;
});
