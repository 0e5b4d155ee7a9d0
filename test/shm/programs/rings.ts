/** Machines 2 and 3 count up and ring machine 1, which sleeps whenever both are where it saw them. */
import { load, store } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { ring } from "#src/shm/note.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";
import { sleepAsync, sleepSync } from "./sleep-async.ts";

const { machine, data } = join<{ rounds: number; way: "sync" | "async" }>();
const { words } = home();
const count = (of: number): number => machineAt(of) + MACHINE.beat;
let sleeps = 0;
let rung = 0;
store(words, count(machine), 0);
gate();
if (machine === 1) {
  let seen = 0;
  while (seen < 2 * data.rounds) {
    const now = load(words, count(2)) + load(words, count(3));
    if (now !== seen) seen = now;
    else {
      sleeps++;
      const isThere = (): boolean => load(words, count(2)) + load(words, count(3)) !== seen;
      if (data.way === "sync") sleepSync(1, isThere);
      else await sleepAsync(1, isThere);
    }
  }
} else {
  for (let i = 1; i <= data.rounds; i++) {
    store(words, count(machine), i);
    if (ring(1)) rung++;
  }
}
done({ sleeps, rung });
