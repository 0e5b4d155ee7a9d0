/** How a model's threads wait for something shared: as operations do (runtime/shared-operation.ts), but without sleeping, which is the model of notes. */
import { futexWait } from "#src/shm/atomic.ts";
import { readAll } from "#src/shm/inbox.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { self } from "#src/shm/lock.ts";
import { home } from "#src/shm/region.ts";
import { beginWait, endWait, type Sharer, WAIT } from "#src/shm/wait.ts";
import { label } from "../world.ts";

/** Who waits. */
export class Waiting implements Sharer {
  isServed = false;

  served(): void {
    this.isServed = true;
  }
}

/** So many records are there, and no memory is taken for them later. */
export function stock(records: number): void {
  const made = [];
  for (let i = 0; i < records; i++) {
    const record = beginWait(new Waiting(), 0);
    label(record.ref, 48, `record ${i} of ${self.machine}`, WAIT);
    made.push(record);
  }
  for (const record of made) endWait(record);
}

/** Until there is mail, and reads it. */
export function awaitMail(): void {
  // With a time limit: until the word is another one (threads.ts).
  futexWait(home().words, machineAt(self.machine) + MACHINE.inbox, 0, 1);
  readAll();
}

export function awaitServed(waiting: Waiting): void {
  while (!waiting.isServed) awaitMail();
}
