/**
 * All cores: a portable goroutine starts on whichever core is free.
 *
 * `portable` marks a function that depends on its arguments and on its own module, and on nothing else. It is called at module level: another core
 * imports this file and finds it there. For whoever waits it is a goroutine like any other: it has a result, or throws its error. More of them than
 * there are cores, and smaller, share the work out evenly.
 */
import { type Goroutine, go, portable } from "gort";

const BELOW = 200_000;
const PART = 10_000;

// Other cores have this function, too: it is in the module that they import.
function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n > 1;
}

export const countPrimes = portable(function* countPrimes(low: number, high: number): Goroutine<number> {
  if (low > high) throw new RangeError(`from ${low} to ${high}`);
  let found = 0;
  for (let n = low; n < high; n++) if (isPrime(n)) found++;
  return found;
});

export function* main(): Goroutine {
  const parts = [];
  for (let low = 0; low < BELOW; low += PART) parts.push(go(countPrimes, low, low + PART));
  let found = 0;
  for (const part of parts) found += yield* part;
  console.log(`${found} primes below ${BELOW}, in ${parts.length} parts`);

  // A direct call is an ordinary call, on this core.
  console.log(`${yield* countPrimes(0, 100)} below 100`);

  // An error of another core is thrown where somebody waits, as what it was.
  try {
    yield* go(countPrimes, 2, 1);
  } catch (error) {
    console.log(error instanceof RangeError, (error as Error).message);
  }
}

// Output:
// 17984 primes below 200000, in 20 parts
// 25 below 100
// true from 2 to 1
