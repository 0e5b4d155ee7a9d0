/**
 * A lock in shared memory, for what is rare: a waiting list, a list of free blocks.
 *
 * The word is 0, or the number of the machine that holds it plus one: so a lock whose owner has died is found, and taken over. Inside, code runs straight on: no loop, no call into
 * the program, no allocation between the first and the last write of a step, and a step of more than one write has no atomic operation in between: V8 ends a thread at a loop's back edge, at a function's entry, and at the
 * call of an atomic operation. Then whoever takes the lock over finds what it guards either before a step or behind it.
 *
 * Who finds it taken spins a little, then sleeps for a fraction of a millisecond at a time: the owner may have been put off its core in the middle. There is no wake-up.
 *
 * Any thread. The main thread may sleep here, too. But it learns of a death in its event loop, which stands still then: so an owner who has held a lock for {@link MOST_NAPS} naps (a third of a second at least, for what takes less than a microsecond;
 * naps are counted and not the time, which goes on while the whole process is stopped) is taken for dead. Should it come back after all, its unlock changes nothing that is not its own.
 */
import { futexWait, load, pause, swap } from "./atomic.ts";

export const SPINS = 100;
const NAP_MS = 0.05;
const MOST_NAPS = 3_000;

/** Who this thread is. */
export const self: { machine: number } = { machine: 0 };

/** Whether a machine has died. Set by the layer that knows. */
export const obituary: { isDead: (machine: number) => boolean } = { isDead: () => false };

export function lock(words: Int32Array, at: number): void {
  const mine = self.machine + 1;
  if (swap(words, at, 0, mine) !== 0) lockSlow(words, at, mine);
}

export function unlock(words: Int32Array, at: number): void {
  swap(words, at, self.machine + 1, 0);
}

/** Waits for somebody who holds something that nobody holds for long; `tries` counts from 1. Whether he is to be taken for dead. */
export function awaitOwner(words: Int32Array, at: number, owner: number, tries: number): boolean {
  if (tries % SPINS !== 0) {
    pause();
    return false;
  }
  if (obituary.isDead(owner - 1) || tries > SPINS * MOST_NAPS) return true;
  futexWait(words, at, owner, NAP_MS);
  return false;
}

function lockSlow(words: Int32Array, at: number, mine: number): void {
  for (let tries = 1; ; tries++) {
    const owner = load(words, at);
    if (owner === 0) {
      if (swap(words, at, 0, mine) === 0) return;
    } else if (awaitOwner(words, at, owner, tries) && swap(words, at, owner, mine) === owner) {
      return;
    }
  }
}
