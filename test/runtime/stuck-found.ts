/**
 * What runtime.stuck() finds in a program of goroutines, for its tests.
 */
import { type Goroutine, go, gosched, Mutex, run, runtime, type Stuck } from "gort";

/** Long enough for everybody to get where it waits: nobody here does more than a few steps. */
export function* settle(): Goroutine {
  for (let i = 0; i < 50; i++) yield* gosched();
}

/** Runs `start`, lets it settle, and gives what is found then. What is left behind stays behind, and is not taken for another test's. */
export async function found(start: () => Goroutine<unknown> | undefined): Promise<Stuck> {
  const before = new Set(ids(runtime.stuck()));
  const all = await run(function* main() {
    const body = start();
    if (body !== undefined) yield* body;
    yield* settle();
    return runtime.stuck();
  });
  const isNew = (cycle: Stuck["cycles"][number]) => !cycle.goroutines.some(({ id }) => before.has(id));
  return { ...all, cycles: all.cycles.filter(isNew), suspicions: all.suspicions.filter(isNew) };
}

export const ids = ({ cycles, suspicions }: Stuck): number[] =>
  [...cycles, ...suspicions].flatMap(({ goroutines }) => goroutines.map(({ id }) => id));

/** The names around each cycle, and its text with names for numbers. */
export function told({
  cycles,
}: Pick<Stuck, "cycles">): { names: string[]; permanent: boolean; text: string }[] {
  return cycles.map(({ goroutines, permanent, text }) => ({
    names: goroutines.map(({ name }) => name),
    permanent,
    text: text.replace(
      /goroutine (\d+)/g,
      (_, id) => goroutines.find((g) => g.id === Number(id))?.name ?? "another",
    ),
  }));
}

export function* takeBoth(first: Mutex, second: Mutex): Goroutine {
  yield* first.lock();
  yield* gosched();
  yield* second.lock();
}

export const named = (name: string, fn: () => Goroutine): (() => Goroutine) =>
  Object.defineProperty(fn, "name", { value: name });

/** `count` goroutines, each with one lock, that want the next one's. */
export function* ringOf(count: number): Goroutine {
  const locks = Array.from({ length: count }, () => new Mutex());
  for (let i = 0; i < count; i++)
    go(named(`g${i}`, () => takeBoth(locks[i] as Mutex, locks[(i + 1) % count] as Mutex)));
}
