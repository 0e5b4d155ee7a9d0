/**
 * What the compiler says about operations, goroutines and handles. Nothing here is run: tsc is the test, and an
 * `@ts-expect-error` above a line that compiles is an error itself.
 */
import { chan, type Goroutine, go, gosched, type Handle, type Op, run, sleep, wait } from "gort";

/** Compiles only where A and B are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const numbers = chan<number>();

export function* waits(): Goroutine<string> {
  same<Awaited<Op<number>>, number>(true);
  const n = yield* numbers.recv();
  same<typeof n, number | undefined>(true);
  const [value, ok] = yield* numbers.recvOk();
  if (ok) same<typeof value, number>(true);
  else same<typeof value, undefined>(true);
  const text = yield* wait(Promise.resolve("text"));
  same<typeof text, string>(true);
  yield* sleep(1);
  yield* gosched();
  return text;
}

export async function awaits(): Promise<void> {
  const n = await numbers.recv();
  same<typeof n, number | undefined>(true);
  same<Awaited<ReturnType<typeof readString>>, string>(true);
}

async function readString(): Promise<string> {
  return await run(waits);
}

export function* forgetsTheStar(): Goroutine {
  // @ts-expect-error an operation is waited for with yield*
  yield numbers.recv();
  // @ts-expect-error a goroutine yields operations only
  yield 1;
  // @ts-expect-error a promise is waited for with wait(promise)
  yield Promise.resolve(1);
}

export function* forgetsTheStarInGo(): Goroutine {
  // @ts-expect-error the same without an annotation on the function
  go(function* () {
    yield numbers.recv();
  });
}

function* add(a: number, b: number): Goroutine<number> {
  yield* gosched();
  return a + b;
}

export function* starts(): Goroutine {
  const sum = go(add, 1, 2);
  same<typeof sum, Handle<number>>(true);
  const n = yield* sum;
  same<typeof n, number>(true);
  same<Awaited<typeof sum>, number>(true);

  const later = go(async (text: string) => text.length, "abc");
  same<Awaited<typeof later>, number>(true);
  const plain = go((text: string) => text.length, "abc");
  same<Awaited<typeof plain>, number>(true);

  // @ts-expect-error an argument is missing
  go(add, 1);
  // @ts-expect-error an argument is of another type
  go(add, 1, "2");
  // @ts-expect-error an argument is too many
  go(add, 1, 2, 3);
  // @ts-expect-error a generator is not a function: go makes it, when it is its turn
  go(add(1, 2));
}
