/**
 * Claims: a word of shared memory that decides a whole wait, once.
 *
 *   open → held by a machine → decided, or open again
 *
 * A lone operation's is in its record (wait.ts); all cases of a select share one, the local cases too (runtime/contest.ts). To hold a claim is to have a moment in which nobody else can decide it: to take a value that
 * may just be gone, or to hold another one as well, when two selects meet.
 *
 * Invariants:
 *   I1  a claim that is decided stays so until its owner's thread uses the record again, and that is when no record with this claim stands in any list.
 *   I2  who holds a claim takes no lock and waits for nothing but a claim of a greater number (holdBoth): no circle can form, and one of two that meet goes on.
 *
 * The store that decides (release) pairs with the swap that finds it decided (acquire).
 *
 * Go: runtime/select.go (selectDone). Learned from Reppy's parallel CML (two-way claims in an order).
 */
import { store, swap } from "./atomic.ts";
import { awaitOwner, SPINS, self } from "./lock.ts";
import { memoryOf, type Ref, wordOf } from "./region.ts";

/** A claim: above 0 it is the machine plus one that holds it; below 0 it is decided, and says by which record: -1 less its token. */
export const OPEN = 0;
/** Decided by something that is not shared. */
const LOCALLY = -0x7fffffff;

/** Somebody else holds the claim, for a few instructions. Opens it if that machine has died. */
function awaitClaim(words: Int32Array, at: number, holder: number, tries: number): void {
  if (awaitOwner(words, at, holder, tries)) swap(words, at, holder, OPEN);
}

/** Holds a claim: true, or false when the wait has been decided. Then {@link decideClaim} or {@link reopenClaim} must follow at once. */
export function holdClaim(claim: Ref): boolean {
  const { words } = memoryOf(claim);
  const at = wordOf(claim);
  for (let tries = 1; ; tries++) {
    const before = swap(words, at, OPEN, self.machine + 1);
    if (before === OPEN) return true;
    if (before < OPEN) return false;
    awaitClaim(words, at, before, tries);
  }
}

/** The holder decides: the wait is over, and not by another core. */
export function decideClaim(claim: Ref): void {
  store(memoryOf(claim).words, wordOf(claim), LOCALLY);
}

/** The holder leaves it as it was. */
export function reopenClaim(claim: Ref): void {
  store(memoryOf(claim).words, wordOf(claim), OPEN);
}

/** Decides a wait for a case of this thread's; false: it has been decided. */
export function winClaim(claim: Ref): boolean {
  if (!holdClaim(claim)) return false;
  decideClaim(claim);
  return true;
}

/** What {@link holdBoth} says. */
export const Held = { both: 0, otherLost: 1, ownLost: 2 } as const;

/**
 * Holds two claims at once: one's own, which others can see already, and that of a waiter. Two that meet so on two cores each hold their own first; the one of the greater number opens it again
 * and lets the other go on.
 */
export function holdBoth(own: Ref, other: Ref): number {
  const { words } = memoryOf(other);
  const at = wordOf(other);
  for (;;) {
    if (!holdClaim(own)) return Held.ownLost;
    for (let tries = 1; ; tries++) {
      const before = swap(words, at, OPEN, self.machine + 1);
      if (before === OPEN) return Held.both;
      if (before < OPEN) {
        reopenClaim(own);
        return Held.otherLost;
      }
      if (own > other) {
        reopenClaim(own);
        awaitClaim(words, at, before, SPINS);
        break;
      }
      awaitClaim(words, at, before, tries);
    }
  }
}
