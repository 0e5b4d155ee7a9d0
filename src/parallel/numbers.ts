/**
 * Goroutine numbers by the block: no two cores give the same one.
 *
 * Go: runtime/proc.go (newproc1: goidcache).
 */
import { numbers } from "../runtime/goroutine.ts";
import { load, store } from "../shm/atomic.ts";
import { HOME } from "../shm/layout.ts";
import { home, takeNumbers } from "../shm/region.ts";

const NUMBERS = 1024;

/** This thread's next numbers come from the common counter, which is at least `from`. Called before a number at or above it has been given elsewhere. */
export function numberedApart(from: number): void {
  const { words } = home();
  if (load(words, HOME.goids) < from) store(words, HOME.goids, from);
  numbers.refill = () => {
    numbers.next = takeNumbers(NUMBERS);
    numbers.end = numbers.next + NUMBERS;
  };
  numbers.refill();
}
