/**
 * p-queue: a queue of async functions, so many at once or so many in an interval.
 */
import { BURST, Gate, PLENTY, RATE } from "../micro/limiter.mjs";
import { Floor, LIMIT } from "../micro/semaphore.mjs";
import { task } from "./plain-sync.mjs";

export const name = "p-queue";
export const title = "p-queue";
export const specifier = "p-queue";
export const library = async () => (await import("p-queue")).default;

const semaphore = async (PQueue, n) => {
  const queue = new PQueue({ concurrency: LIMIT });
  const floor = new Floor();
  await Promise.all(Array.from({ length: n }, (_, i) => queue.add(() => task(floor, i))));
  return floor.result(n);
};

/** Its addAll: the results of all, or the first error. */
const errgroup = async (PQueue, n) => {
  const queue = new PQueue({ concurrency: LIMIT });
  const floor = new Floor();
  await queue.addAll(Array.from({ length: n }, (_, i) => () => task(floor, i)));
  return floor.result(n);
};

/** One after another, as many as one likes in an interval of a second. */
const limiterWait = async (PQueue, n) => {
  const queue = new PQueue({ intervalCap: PLENTY, interval: 1000 });
  let count = 0;
  for (let i = 0; i < n; i++) {
    await queue.add(() => {
      count++;
    });
  }
  return count;
};

/** No bucket that fills steadily, but intervals: each lets as many through as the burst, and is as long as the rate makes it. */
const limiterBurst = async (PQueue, n) => {
  const queue = new PQueue({ intervalCap: BURST, interval: (BURST / RATE) * 1000 });
  const gate = new Gate();
  await Promise.all(Array.from({ length: n }, () => queue.add(() => gate.pass())));
  return gate.result();
};

export const bodies = { semaphore, errgroup, "limiter-wait": limiterWait, "limiter-burst": limiterBurst };
