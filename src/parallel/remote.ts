/**
 * The seam `Remote` of the scheduler, for a thread that is one of several.
 */
import type { Parkable } from "../runtime/processor.ts";
import { cores, type Remote } from "../runtime/remote.ts";
import { Mail, onMail, readAll } from "../shm/inbox.ts";
import { MACHINE } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { otherGoroutines } from "./dump.ts";
import { otherFigures } from "./figures.ts";
import { rest, rise } from "./idle.ts";
import { here, isAlive, machineCount, wordOfMachine } from "./machine.ts";
import { Order, onOrder, tell } from "./orders.ts";
import { isQuiet } from "./quiet.ts";
import { steal, takeInjected } from "./steal.ts";
import { isElsewhere, Task } from "./task.ts";

onMail[Mail.done] = Task.ended;

export const remote: Remote = {
  get procId(): number {
    return here.processor;
  },
  takeGlobal: takeInjected,
  readMail: readAll,
  steal: (): Parkable | undefined => steal(),
  rest,
  rise,
  isQuiet,
  goroutines: otherGoroutines,
  isElsewhere,
  count: () => {
    let sum = 0;
    for (let i = machineCount() - 1; i >= 0; i--) {
      if (i !== self.machine && isAlive(i)) sum += wordOfMachine(i, MACHINE.goroutines);
    }
    return sum;
  },
  figures: otherFigures,
  stolen: () => wordOfMachine(self.machine, MACHINE.stolen) >>> 0,
  queued: () => here.injector.size,
  tellSwitched: () => {
    for (let i = machineCount() - 1; i >= 0; i--)
      if (i !== self.machine && isAlive(i)) tell(i, Order.switched);
  },
};

onOrder(Order.switched, () => cores.switched());
