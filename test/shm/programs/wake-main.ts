/** Counts up and rings the main thread, which answers by storing what it has seen. */
import { add, load } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { ring } from "#src/shm/note.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";

const { data } = join<{ rounds: number }>();
const { words } = home();
gate();
for (let i = 0; i < data.rounds; i++) {
  const now = add(words, machineAt(0) + MACHINE.beat, 1) + 1;
  ring(0);
  while (load(words, machineAt(0) + MACHINE.since) !== now);
}
done();
