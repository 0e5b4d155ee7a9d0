/**
 * What the compiler says about parallelMap. Nothing here is run, as in ops.test-d.ts.
 */
import {
  background,
  chan,
  type Goroutine,
  type Op,
  type ParallelMap,
  parallelMap,
  portable,
  type RecvChan,
  range,
  select,
} from "gort";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const square = portable(function* square(n: number): Goroutine<number> {
  return n * n;
});
const text = portable((n: number) => String(n));
const later = portable(async (s: string) => s.length);

export function* results(): Goroutine {
  const squares = parallelMap(square, [1, 2]);
  same<typeof squares, ParallelMap<number>>(true);
  const texts = parallelMap(text, new Set([1]));
  same<typeof texts, ParallelMap<string>>(true);
  const lengths = parallelMap(later, chan<string>());
  same<typeof lengths, ParallelMap<number>>(true);
  const asChannel: RecvChan<number> = squares;
  void asChannel;
  same<ReturnType<typeof squares.toArray>, Op<number[]>>(true);
  const all = yield* squares.toArray();
  same<typeof all, number[]>(true);
  for (const r = range(texts); yield* r.next(); ) same<typeof r.value, string>(true);
  const s = yield* select({ one: lengths.recv(), all: texts.toArray() });
  if (s.case === "all") same<typeof s.value, string[]>(true);
}

export async function inAsyncCode(): Promise<void> {
  for await (const r of parallelMap(square, [1])) same<typeof r, number>(true);
  same<number[], Awaited<ReturnType<ParallelMap<number>["toArray"]>>>(true);
}

export function options(): void {
  parallelMap(square, [1], { concurrency: 2, ordered: false, ctx: background() });
  parallelMap(square, [1], { onProgress: (done: number, total?: number) => void (done + (total ?? 0)) });
  // @ts-expect-error: no such option
  parallelMap(square, [1], { procs: 2 });
  // @ts-expect-error: not what the function takes
  parallelMap(square, ["1"]);
  // @ts-expect-error: no inputs
  parallelMap(square, 5);
  // @ts-expect-error: a result that is no channel to send to
  parallelMap(square, [1]).send(1);
}
