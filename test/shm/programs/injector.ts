/** Machines 1 and 2 put their tasks (the machine's number in the upper bits), the others take until all are there. Each gives what it got. */

import { Injector } from "#src/shm/injector.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<{ tasks: number }>();
const { words } = home();
const queue = new Injector(words);
/** How many putters are ready. */
const ready = machineAt(0) + MACHINE.beat;
const got: number[] = [];

if (machine === 3) words[ready] = 0;
gate();
if (machine <= 2) {
  for (let i = 0; i < data.tasks; i++) while (!queue.put((machine << 24) + i));
  Atomics.add(words, ready, 1);
} else {
  for (;;) {
    const last = Atomics.load(words, ready) === 2;
    const task = queue.take();
    if (task !== 0) got.push(task);
    else if (last) break;
  }
}
done(Int32Array.from(got));
