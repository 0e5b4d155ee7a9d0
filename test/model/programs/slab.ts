/** Blocks (shm/slab.ts): taken and given back by several threads, with no more kept than one a thread. */
import { memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { alloc, free, releaseCaches } from "#src/shm/slab.ts";
import { expect, type Model } from "../world.ts";

/** A class of which a page has two. */
const BYTES = 512;

/** Takes so many, writes into them, and gives them back, in the order of `frees`. */
function user(frees: readonly number[]): () => () => Ref[] {
  return () => () => {
    const taken: Ref[] = [];
    for (let i = 0; i < frees.length; i++) {
      const ref = alloc(BYTES);
      // Plain: were it another's, too, it would be a race of data.
      memoryOf(ref).words[wordOf(ref) + 2] = i;
      taken.push(ref);
    }
    for (let i = 0; i < frees.length; i++) {
      const ref = taken[i] as Ref;
      expect(memoryOf(ref).words[wordOf(ref) + 2] === i, "nobody else has written there");
    }
    const kept: Ref[] = [];
    for (let i = 0; i < frees.length; i++) {
      if (frees[i] === 1) free(taken[i] as Ref);
      else kept.push(taken[i] as Ref);
    }
    releaseCaches();
    return kept;
  };
}

/** What is in use is not given out again. */
function check(results: Ref[][]): void {
  const used = results.flat();
  for (let i = 0; i < 6; i++) {
    const ref = alloc(BYTES);
    expect(!used.includes(ref), "each block once", used, ref);
    used.push(ref);
  }
}

export const twoThreads: Model<Ref[]> = { threads: [user([1, 1]), user([0, 1])], check };
export const threeThreads: Model<Ref[]> = { threads: [user([1]), user([1]), user([0])], check };
