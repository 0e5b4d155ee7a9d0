/** The global queue (shm/injector.ts), with room for two. */
import { Injector } from "#src/shm/injector.ts";
import { home } from "#src/shm/region.ts";
import { expect, expectAll, expectOrder, type Model } from "../world.ts";

/** The counters turn negative. */
const BEGIN = 0x7ffffffe;

interface Result {
  readonly put: number[];
  readonly got: number[];
}

function prepare(): void {
  new Injector(home().words).prepare(BEGIN);
}

function putter(tasks: readonly number[]): () => () => Result {
  return () => {
    const queue = new Injector(home().words);
    return () => {
      const put: number[] = [];
      for (const task of tasks) if (queue.put(task)) put.push(task);
      return { put, got: [] };
    };
  };
}

function taker(times: number): () => () => Result {
  return () => {
    const queue = new Injector(home().words);
    return () => {
      const got: number[] = [];
      for (let i = 0; i < times; i++) {
        const task = queue.take();
        if (task !== 0) got.push(task);
      }
      return { put: [], got };
    };
  };
}

/** What was put and not taken is still there; then the queue is empty and works. */
function check(results: Result[]): void {
  const queue = new Injector(home().words);
  const left: number[] = [];
  for (let task = queue.take(); task !== 0; task = queue.take()) left.push(task);
  for (const { got } of results) expectOrder([...got, ...left], "in order");
  const put = results.flatMap((result) => result.put);
  expectAll([...results.flatMap(({ got }) => got), ...left], put, "each once");
  expect(queue.size === 0, "empty");
  expect(queue.put(99) && queue.put(98) && !queue.put(97), "as many as it has slots");
  expect(queue.take() === 99 && queue.take() === 98 && queue.take() === 0, "and they come out");
}

export const twoPutters: Model<Result> = {
  prepare,
  threads: [putter([11, 12]), putter([21, 22]), taker(2)],
  check,
};

export const twoTakers: Model<Result> = {
  prepare,
  threads: [putter([11, 12, 13]), taker(2), taker(1)],
  check,
};
