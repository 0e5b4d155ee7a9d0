/**
 * What the compiler says about contexts. Nothing here is run, as in ops.test-d.ts.
 */
import {
  background,
  type Context,
  ContextCanceledError,
  cause,
  chan,
  contextAfterFunc,
  DeadlineExceededError,
  fromSignal,
  type Goroutine,
  GortError,
  go,
  type Op,
  select,
  sleep,
  todo,
  wait,
  withCancel,
  withDeadline,
  type withoutCancel,
  withTimeout,
  withValue,
} from "gort";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function members(ctx: Context): void {
  same<ReturnType<typeof ctx.done>, Op<void>>(true);
  same<typeof ctx.err, Error | undefined>(true);
  same<typeof ctx.deadline, number | undefined>(true);
  same<typeof ctx.signal, AbortSignal>(true);
  same<ReturnType<typeof ctx.value>, unknown>(true);
  // @ts-expect-error a context's error is only read
  ctx.err = new Error("mine");
  // @ts-expect-error a context's deadline is only read
  ctx.deadline = 5;
  // @ts-expect-error a value's type is for the program to check
  ctx.value("k") satisfies string;
}

export function derivations(parent: Context, date: Date): void {
  for (const root of [background(), todo(), fromSignal(AbortSignal.abort())])
    same<typeof root, Context>(true);
  const [ctx, cancel] = withCancel(parent);
  ctx satisfies Context;
  cancel();
  cancel(new Error("why"));
  cancel(undefined);
  cancel satisfies () => void;
  withTimeout(parent, 5)[0] satisfies Context;
  withTimeout(parent, 5)[1](new Error("why"));
  withTimeout(parent, 5, new Error("too slow"));
  withDeadline(parent, date)[0] satisfies Context;
  withDeadline(parent, Date.now() + 5, new Error("too slow"))[1]();
  same<ReturnType<typeof withoutCancel>, Context>(true);
  for (const key of ["key", 1, Symbol("key"), {}, class {}]) withValue(parent, key, 1) satisfies Context;

  // @ts-expect-error a context has a parent
  withCancel();
  // @ts-expect-error and it is not null
  withCancel(null);
  // @ts-expect-error nor undefined
  withValue(undefined, "k", 1);
  // @ts-expect-error an AbortSignal is no context: fromSignal
  withCancel(AbortSignal.abort());
  // @ts-expect-error the pair is no context
  withCancel(withCancel(parent));
  // @ts-expect-error a timeout is milliseconds
  withTimeout(parent, "5s");
  // @ts-expect-error a deadline is a Date or epoch milliseconds
  withDeadline(parent, "2033-01-01");
  // @ts-expect-error fromSignal takes a signal, not its controller
  fromSignal(new AbortController());
}

export function functions(ctx: Context): void {
  const stop = contextAfterFunc(ctx, () => {});
  same<ReturnType<typeof stop>, boolean>(true);
  contextAfterFunc(ctx, function* () {
    yield* sleep(1);
  });
  contextAfterFunc(ctx, async () => {});
  // @ts-expect-error a function takes no arguments
  contextAfterFunc(ctx, (n: number) => n);
  // @ts-expect-error there is something to call
  contextAfterFunc(ctx);
}

export function* waits(ctx: Context): Goroutine<string> {
  const ch = chan<number>();
  const n = yield* ctx.wait(ch.recv());
  same<typeof n, number | undefined>(true);
  const [, ok] = yield* ctx.wait(ch.recvOk());
  same<typeof ok, boolean>(true);
  const nothing = yield* ctx.wait(ch.send(1));
  same<typeof nothing, void>(true);
  const result = yield* ctx.wait(go(() => "text"));
  same<typeof result, string>(true);
  const s = yield* ctx.wait(select({ a: ch.recv(), b: ctx.wait(wait(Promise.resolve("b"))) }));
  if (s.case === "b") same<typeof s.value, string>(true);
  const chosen = yield* select({ done: ctx.done(), got: ctx.wait(ch.recv()) });
  if (chosen.case === "got") same<typeof chosen.value, number | undefined>(true);
  // @ts-expect-error a promise is waited for with wait(promise)
  yield* ctx.wait(Promise.resolve(1));
  // @ts-expect-error without the star it is no wait
  yield ctx.done();
  return result;
}

export async function awaits(ctx: Context): Promise<void> {
  const n = await ctx.wait(chan<number>().recv());
  same<typeof n, number | undefined>(true);
  await ctx.done();
}

export function errors(ctx: Context): void {
  const canceled: GortError = new ContextCanceledError();
  const late: GortError = new DeadlineExceededError();
  for (const error of [canceled, late]) error satisfies Error;
  if (ctx.err instanceof DeadlineExceededError) ctx.err.code satisfies "GORT_DEADLINE_EXCEEDED";
  if (ctx.err instanceof ContextCanceledError) ctx.err.code satisfies "GORT_CONTEXT_CANCELED";
  if (ctx.err instanceof GortError) ctx.err.code satisfies string;
  const why = cause(ctx);
  if (why instanceof RangeError) why satisfies RangeError;
}

/** A program can implement Context: with a class, */
export class Mine implements Context {
  readonly err: Error | undefined = undefined;
  readonly deadline: number | undefined = undefined;
  readonly signal: AbortSignal = new AbortController().signal;

  done(): Op<void> {
    return chan<never>().recv();
  }

  value(key: unknown): unknown {
    return key === "mine" ? 1 : undefined;
  }

  wait<T>(op: Op<T>): Op<T> {
    return op;
  }
}

/** and with an object. */
export function wrap(ctx: Context): Context {
  return {
    done: () => ctx.done(),
    err: ctx.err,
    deadline: ctx.deadline,
    value: (key) => ctx.value(key),
    signal: ctx.signal,
    wait: (op) => ctx.wait(op),
  };
}

export function own(): void {
  withCancel(new Mine());
  withTimeout(wrap(background()), 5);
  // @ts-expect-error a context has all of its members
  withCancel({ done: () => sleep(1), err: undefined, deadline: undefined, value: () => undefined });
}
