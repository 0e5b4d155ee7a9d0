/**
 * Goroutine numbers by the block: no two cores give the same one.
 *
 * Go: runtime/proc.go (newproc1: goidcache).
 */
import { numbers } from "../runtime/goroutine.ts";
import { NUMBERS_A_BLOCK, takeNumbers } from "../shm/region.ts";

/** This thread's next numbers come from the common counter. `from` is the main thread's next one: it goes on with its first block, if that is not used up. */
export function numberedApart(from: number): void {
  numbers.refill = () => {
    numbers.before += numbers.next - numbers.first;
    numbers.next = takeNumbers();
    numbers.first = numbers.next;
    numbers.end = numbers.next + NUMBERS_A_BLOCK;
  };
  if (from > 0 && from < NUMBERS_A_BLOCK) {
    numbers.end = NUMBERS_A_BLOCK;
    return;
  }
  do numbers.refill();
  while (numbers.next < from);
}
