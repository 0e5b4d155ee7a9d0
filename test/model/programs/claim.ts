/** Claims (shm/claim.ts): a wait is decided once; two selects that meet come to an end. */
import { decideClaim, Held, holdBoth, holdClaim, OPEN, reopenClaim, winClaim } from "#src/shm/claim.ts";
import { memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { alloc } from "#src/shm/slab.ts";
import { expect, label, type Model, publish, published } from "../world.ts";

function prepare(): void {
  for (let i = 0; i < 2; i++) {
    const claim = alloc(64);
    memoryOf(claim).words.fill(0, wordOf(claim), wordOf(claim) + 16);
    label(claim, 16, `claim ${i}`);
    publish(i, claim);
  }
}

function stateOf(claim: Ref): number {
  return memoryOf(claim).words[wordOf(claim)] as number;
}

function winner(): () => number {
  const claim = published(0);
  return () => (winClaim(claim) ? 1 : 0);
}

/** Holds it, and opens it again: nothing was there after all. Then it tries to win. */
function fickle(): () => number {
  const claim = published(0);
  return () => {
    if (!holdClaim(claim)) return 0;
    reopenClaim(claim);
    return winClaim(claim) ? 1 : 0;
  };
}

/** A select whose claim is `own` and that meets that of `other`: both are decided, or one has been. */
function meeter(own: number, other: number): () => () => number {
  return () => {
    const ownClaim = published(own);
    const otherClaim = published(other);
    return () => {
      const outcome = holdBoth(ownClaim, otherClaim);
      if (outcome === Held.both) {
        decideClaim(otherClaim);
        decideClaim(ownClaim);
      }
      return outcome;
    };
  };
}

export const threeRivals: Model<number> = {
  prepare,
  threads: [winner, winner, fickle],
  check: (results) => {
    expect(results.reduce((a, b) => a + b, 0) === 1, "one winner", results);
    expect(stateOf(published(0)) < OPEN, "decided");
  },
};

function checkMet(results: number[]): void {
  const met = results.filter((outcome) => outcome === Held.both).length;
  expect(met === 1, "they have met once", results);
  expect(stateOf(published(0)) < OPEN && stateOf(published(1)) < OPEN, "both are decided");
}

export const twoSelectsMeet: Model<number> = {
  prepare,
  threads: [meeter(0, 1), meeter(1, 0)],
  check: checkMet,
  naps: 2,
};

/** And somebody else who decides one of them. */
export const twoSelectsAndARival: Model<number> = {
  prepare,
  threads: [
    meeter(0, 1),
    meeter(1, 0),
    () => {
      const claim = published(1);
      return () => (winClaim(claim) ? 10 : 20);
    },
  ],
  check: (results) => {
    const met = results.slice(0, 2).filter((outcome) => outcome === Held.both).length;
    const won = results[2] === 10 ? 1 : 0;
    expect(met + won === 1, "decided once", results);
    expect(stateOf(published(1)) < OPEN, "decided");
    expect(stateOf(published(0)) < OPEN === (met === 1), "and the other one only if they met");
  },
};
