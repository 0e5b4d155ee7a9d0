/**
 * A pipeline whose stages are on different cores: portable goroutines, and shared channels between them.
 *
 *   make --numbers--> sort --numbers--> median --medians--> main
 *
 * It reads as the pipeline of one core (03-pipeline.ts) does. A shared channel is sent as an argument, and is the same channel there; the values in it are
 * copied. What each stage sends arrives in its order. A stage starts where there is a free core and stays there; with one core all of them take turns on it, and
 * the output is the same. (On which cores they were is told on standard error.)
 */
import { type Goroutine, go, portable, range, runtime, type SharedChan, sharedChan } from "gort";

export const make = portable(function* make(count: number, out: SharedChan<Float64Array>): Goroutine<number> {
  let seed = 1;
  for (let i = 0; i < count; i++) {
    const numbers = new Float64Array(10_001);
    for (let at = 0; at < numbers.length; at++) numbers[at] = seed = (seed * 48_271) % 2_147_483_647;
    yield* out.send(numbers);
  }
  out.close();
  return runtime.procId();
});

export const sort = portable(function* sort(
  from: SharedChan<Float64Array>,
  out: SharedChan<Float64Array>,
): Goroutine<number> {
  for (const r = range(from); yield* r.next(); ) yield* out.send(r.value.sort());
  out.close();
  return runtime.procId();
});

export const median = portable(function* median(
  from: SharedChan<Float64Array>,
  out: SharedChan<number>,
): Goroutine<number> {
  for (const r = range(from); yield* r.next(); ) yield* out.send(r.value[r.value.length >> 1] ?? 0);
  out.close();
  return runtime.procId();
});

export function* main(): Goroutine {
  const made = sharedChan<Float64Array>(4); // a stage may be four ahead of the next one
  const sorted = sharedChan<Float64Array>(4);
  const medians = sharedChan<number>(4);
  const stages = [go(make, 20, made), go(sort, made, sorted), go(median, sorted, medians)];

  let count = 0;
  let sum = 0;
  for (const r = range(medians); yield* r.next(); count++) sum += r.value;
  console.log(`${count} medians, on average ${Math.round(sum / count)}`);

  const on = [];
  for (const stage of stages) on.push(yield* stage);
  console.error(`make, sort and median were on cores ${on.join(", ")}`);
}

// Output:
// 20 medians, on average 1074902189
