/** Lies down asynchronously, gets up for another reason, and sleeps on the same bell: gives how that ended. */
import { futexWait, futexWaitAsync } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { getUp, lieDown } from "#src/shm/note.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";

const { machine } = join();
const { words } = home();
const bell = machineAt(machine) + MACHINE.bell;
futexWaitAsync(words, bell, lieDown(machine));
getUp(machine);
gate();
done(futexWait(words, bell, lieDown(machine), 5000));
