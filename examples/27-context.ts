/**
 * A context: one end for everything that was started for one purpose.
 *
 * It travels down as the first argument. A goroutine that waits for something waits with `ctx.wait`, or has `ctx.done()` as a case of its select;
 * when the context is cancelled or its time is up, all of them stop, and so does whatever waits on a context made from it.
 *
 * The source of this pipeline has no end. Its consumer takes three values and cancels: without that, both stages would stay behind, waiting.
 */
import {
  background,
  type Context,
  cause,
  chan,
  type Goroutine,
  go,
  type RecvChan,
  range,
  type SendChan,
  select,
  sleep,
  withCancel,
  withTimeout,
  withValue,
} from "gort";

const nameKey = Symbol("name");

function* fibonacci(ctx: Context, out: SendChan<number>): Goroutine<string> {
  for (let [a, b] = [1, 2]; ; [a, b] = [b, a + b]) {
    const s = yield* select({ sent: out.send(a), end: ctx.done() });
    if (s.case === "end") return `the source of ${ctx.value(nameKey)} stops: ${ctx.err?.message}`;
  }
}

function* even(ctx: Context, inp: RecvChan<number>, out: SendChan<number>): Goroutine<string> {
  try {
    for (const n = range(inp); yield* ctx.wait(n.next()); ) {
      if (n.value % 2 === 0) yield* ctx.wait(out.send(n.value));
    }
    return "the input is at its end";
  } catch (error) {
    return `the filter stops: ${(error as Error).message}`;
  }
}

export function* main(): Goroutine {
  const [ctx, cancel] = withCancel(withValue(background(), nameKey, "main"));
  const [numbers, evens] = [chan<number>(), chan<number>()];
  const stages = [go(fibonacci, ctx, numbers), go(even, ctx, numbers, evens)];
  for (let i = 0; i < 3; i++) console.log(yield* evens.recv());
  cancel(new Error("three are enough"));
  for (const stage of stages) console.log(yield* stage);
  console.log(`why: ${(cause(ctx) as Error).message}`);

  // A limit in time; what is made from a context ends with it.
  const [parent, cancelParent] = withTimeout(background(), 5);
  const [child] = withTimeout(parent, 60_000);
  try {
    yield* child.wait(sleep(60_000));
  } catch (error) {
    console.log((error as Error).message);
  } finally {
    cancelParent();
  }
}

// Output:
// 2
// 8
// 34
// the source of main stops: context canceled
// the filter stops: context canceled
// why: three are enough
// context deadline exceeded
