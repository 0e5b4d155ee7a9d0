/** Asks for the numbers of many names, in an order of its own; and reads names by number while others add. */

import { load } from "#src/shm/atomic.ts";
import { HOME } from "#src/shm/layout.ts";
import { internedName, numberOf } from "#src/shm/names.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<{ prefix: string; count: number; strange: string[] }>();
const step = [1, 3, 7, 9][machine] as number;
const told = data.strange.map((name) => ({ name, number: numberOf(name) }));
gate();
for (let i = 0; i < data.count; i++) {
  const name = `${data.prefix}n${(i * step) % data.count}`;
  told.push({ name, number: numberOf(name) });
  const newest = load(home().words, HOME.interned) - 1;
  if (typeof internedName(newest) !== "string") throw new Error(`number ${newest} has no name`);
}
done(told);
