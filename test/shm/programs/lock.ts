/** Counts up under a lock with plain accesses; gives how often somebody else was inside. */

import { lock, unlock } from "#src/shm/lock.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";
import { delay } from "../delays/delay.ts";

const { machine, data } = join<{ at: number; rounds: number }>();
const { words } = home();
let others = 0;
gate();
for (let i = 0; i < data.rounds; i++) {
  lock(words, data.at);
  words[data.at + 2] = machine;
  const before = words[data.at + 1] as number;
  if (i % 64 === 0) delay();
  words[data.at + 1] = before + 1;
  if (words[data.at + 2] !== machine || words[data.at] !== machine + 1) others++;
  unlock(words, data.at);
}
done(others);
