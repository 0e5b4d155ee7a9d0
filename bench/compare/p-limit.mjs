/**
 * p-limit: so many async functions at once, the others in a queue.
 */
import { Floor, LIMIT } from "../micro/semaphore.mjs";
import { task } from "./plain-sync.mjs";

export const name = "p-limit";
export const title = "p-limit";
export const specifier = "p-limit";
export const library = async () => (await import("p-limit")).default;

const semaphore = async (pLimit, n) => {
  const limit = pLimit(LIMIT);
  const floor = new Floor();
  await Promise.all(Array.from({ length: n }, (_, i) => limit(task, floor, i)));
  return floor.result(n);
};

/** Its map: the results of all, or the first error. */
const errgroup = async (pLimit, n) => {
  const limit = pLimit(LIMIT);
  const floor = new Floor();
  await limit.map(new Array(n).keys(), (i) => task(floor, i));
  return floor.result(n);
};

export const bodies = { semaphore, errgroup };
