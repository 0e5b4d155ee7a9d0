/** Machine 1 puts the tasks 1, 2, … into its run queue and takes some back; the others steal. Each gives what it got. */
import { capacity } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home } from "#src/shm/region.ts";
import { RunQueue } from "#src/shm/runq.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<{ tasks: number }>();
const { words } = home();
const queue = new RunQueue(words, machineAt(1));
/** Says that all have been put. */
const over = machineAt(1) + MACHINE.beat;
const got: number[] = [];

if (machine === 1) {
  words[over] = 0;
  gate();
  const mine: { task: number; position: number }[] = [];
  const takeOne = (): void => {
    const one = mine.shift();
    if (one !== undefined && queue.take(one.position)) got.push(one.task);
  };
  for (let task = 1; task <= data.tasks; task++) {
    while (!queue.hasRoom) takeOne();
    mine.push({ task, position: queue.put(task) });
    if (mine.length > capacity.runQueue || task % 3 === 0) takeOne();
    // Sometimes it is empty, so that the last task is fought over.
    if (task % 1000 < 20) while (mine.length > 0) takeOne();
  }
  Atomics.store(words, over, 1);
} else {
  const into = new Int32Array(capacity.runQueue);
  gate();
  for (;;) {
    const last = Atomics.load(words, over) === 1;
    const count = queue.grab(into);
    for (let i = 0; i < count; i++) got.push(into[i] as number);
    if (count === 0 && last) break;
  }
}
done(Int32Array.from(got));
