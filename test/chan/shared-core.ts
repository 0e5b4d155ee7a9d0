/**
 * A core for tests: gort itself in a thread of a crew (test/shm/crew.ts), without the layer that does this in earnest. It reads its mail at each turn of the event loop, and naps for a moment when there is none.
 */
import type { SharedChan } from "gort";
import { SharedChannel } from "#src/chan/flavors/shared.ts";
import { cores } from "#src/runtime/remote.ts";
import { futexWait, store } from "#src/shm/atomic.ts";
import { hasMail, readAll } from "#src/shm/inbox.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { self } from "#src/shm/lock.ts";
import { getUp, lieDown } from "#src/shm/note.ts";
import { home, type Ref } from "#src/shm/region.ts";
import { buryHoldings, forgetHoldings } from "#src/shm/shared-heirs.ts";
import { forgetObjects, receiveReference, sendReference } from "#src/shm/shared-object.ts";
import { buryWaits, forgetWaits, recoverWaits } from "#src/shm/wait.ts";

/** Takes part, until the returned function is called. */
export function takePart(): () => void {
  const before = cores.remote;
  cores.remote = { ...before, readMail: readAll };
  let timer = setImmediate(turn);
  function turn(): void {
    if (!readAll()) {
      const bell = lieDown(self.machine);
      if (!hasMail(self.machine)) futexWait(home().words, machineAt(self.machine) + MACHINE.bell, bell, 0.2);
      getUp(self.machine);
      readAll();
    }
    timer = setImmediate(turn);
  }
  return () => {
    clearImmediate(timer);
    cores.remote = before;
  };
}

/** A reference to hand to another thread, which is to {@link borrow} it once. */
export function lend(ch: SharedChan<never>): Ref {
  const { ref } = (ch as unknown as SharedChannel<never>).queue;
  sendReference(ref);
  return ref;
}

export function borrow<T>(ref: Ref): SharedChan<T> {
  return receiveReference(ref, (r) => new SharedChannel<T>(r)) as unknown as SharedChan<T>;
}

/** What is done for a machine that has died, on the one thread that is left. */
export function mourn(dead: number): void {
  forgetWaits(dead);
  forgetHoldings(dead);
  forgetObjects(dead);
  recoverWaits(dead);
  // What was still on its way to it.
  store(home().words, machineAt(dead) + MACHINE.inbox, 0);
  buryHoldings(dead);
  buryWaits(dead);
}
