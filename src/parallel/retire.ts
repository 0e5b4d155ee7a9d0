/**
 * A machine that has had nothing to do for a while is given back: its thread ends, its number is free.
 *
 * It leaves only with nothing of its own: no goroutine, no task elsewhere whose end it waits for, no mail. Who is in no set and owes nobody an answer is sent nothing, so looking at the mail once more after it has said that it
 * leaves is enough.
 *
 * Go keeps its threads for ever; an isolate costs 9 MB.
 */
import { p } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { store } from "../shm/atomic.ts";
import { hasMail } from "../shm/inbox.ts";
import { HOME, LIFE, MACHINE } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { exclude } from "../shm/mask.ts";
import { forgetObjects } from "../shm/shared-object.ts";
import { releaseCaches } from "../shm/slab.ts";
import { buryWaits } from "../shm/wait.ts";
import { here } from "./machine.ts";
import { Order, onOrder, tell } from "./orders.ts";
import { tokensInUse } from "./tokens.ts";

/** A machine with a processor that has had nothing to do for this long leaves. */
const IDLE_MS = 10_000;

/** What else a machine has that others may ask for. */
export const ties: (() => boolean)[] = [];

let timer: NodeJS.Timeout | null = null;

/** It goes to sleep; if it sleeps that long it leaves. */
export function retireLater(): void {
  if (timer === null) timer = setTimeout(retire, IDLE_MS).unref();
  else timer.refresh();
}

function retire(): void {
  const { words, area } = here;
  if (!cores.resting || isTied()) {
    timer?.refresh();
    return;
  }
  exclude(words, HOME.idle, self.machine);
  store(words, area + MACHINE.life, LIFE.retired);
  if (hasMail(self.machine) || here.queue.size > 0) {
    store(words, area + MACHINE.life, LIFE.alive);
    timer?.refresh();
    return;
  }
  forgetObjects(self.machine);
  buryWaits(self.machine);
  releaseCaches();
  process.exit();
}

function isTied(): boolean {
  return p.count > 0 || tokensInUse() > 0 || ties.some((isTie) => isTie());
}

// It is up while it reads its mail; whoever has nothing to do has lain down again by then.
onOrder(Order.retire, () => {
  setImmediate(() => {
    retire();
    // It stays: others have something of it. A thread for calls that block is there for the next one then.
    if (here.processor < 0) tell(0, Order.spared, self.machine);
  });
});
