/** Two machines take turns: each waits for the other's number, asleep, then stores its own and rings. */
import { load, store } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { ring } from "#src/shm/note.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";
import { sleepAsync, sleepSync } from "./sleep-async.ts";

const { machine, seed, data } = join<{ rounds: number; way: "sync" | "async" }>();
const { words } = home();
const other = 3 - machine;
const mine = machineAt(machine) + MACHINE.beat;
const theirs = machineAt(other) + MACHINE.beat;
let dice = seed + machine;
store(words, mine, 0);
gate();
for (let round = 1; round <= data.rounds; round++) {
  if (machine === 2) await until(round);
  // Not always at once: else the other one has never lain down.
  dice = (Math.imul(dice, 1664525) + 1013904223) | 0;
  for (let i = (dice >>> 16) & 4095; i > 0; i--) words[mine + 1] = i;
  store(words, mine, round);
  ring(other);
  if (machine === 1) await until(round);
}
done();

async function until(round: number): Promise<void> {
  const isThere = (): boolean => load(words, theirs) >= round;
  while (!isThere()) {
    if (data.way === "sync") sleepSync(machine, isThere);
    else await sleepAsync(machine, isThere);
  }
}
