/**
 * Makes a failing schedule short: as few choices that are not the usual ones as can be found within a budget of runs.
 *
 * A candidate is a list of choices with some of them taken back. It counts when the program fails in the same way; then the choices that it really made are the next list. First everything behind some place is taken back at once, by halves, then
 * pieces, halves first, single ones last, as long as that finds something (Zeller's delta debugging).
 */

/** Runs a candidate: the choices that were made, or null when it did not fail as it should. */
export type Try = Generator<readonly number[], readonly number[], readonly number[] | null>;

export function* shrink(failing: readonly number[], budget: number): Try {
  let best = trimmed(failing);
  let left = budget;
  // The shortest beginning that is enough.
  let enough = best.length;
  for (let step = enough >> 1; step > 0 && left > 0; step >>= 1) {
    if (enough - step < 0) continue;
    const made = yield best.slice(0, enough - step);
    left--;
    if (made === null) continue;
    best = trimmed(made);
    enough = Math.min(enough - step, best.length);
  }
  for (let size = Math.max(1, deviations(best).length >> 1); left > 0; ) {
    let found = false;
    const places = deviations(best);
    for (let from = 0; from < places.length && left > 0; from += size) {
      const candidate = [...best];
      for (const at of places.slice(from, from + size)) candidate[at] = 0;
      const made = yield candidate;
      left--;
      if (made === null) continue;
      const next = trimmed(made);
      if (deviations(next).length >= deviations(best).length) continue;
      best = next;
      found = true;
      break;
    }
    if (found) size = Math.max(1, Math.min(size, deviations(best).length >> 1));
    else if (size > 1) size >>= 1;
    else break;
  }
  return best;
}

/** Where a choice is not the usual one. */
export function deviations(choices: readonly number[]): number[] {
  return choices.flatMap((choice, i) => (choice === 0 ? [] : [i]));
}

function trimmed(choices: readonly number[]): readonly number[] {
  let length = choices.length;
  while (length > 0 && choices[length - 1] === 0) length--;
  return choices.slice(0, length);
}
