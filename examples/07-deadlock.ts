/**
 * A deadlock does not hang: `run` rejects with a DeadlockError that says who waits where.
 *
 * Two goroutines each wait for the other one to send first. Under the command (`gort run`, with an exported `main`) the same program would print Go's
 * report and end with exit code 2; `run` leaves the decision to the program around it.
 */
import { type Chan, chan, DeadlockError, type Goroutine, go, run } from "gort";

function* polite(mine: Chan<string>, yours: Chan<string>): Goroutine {
  const word = yield* mine.recv(); // after you
  yield* yours.send(`${word}, too`);
}

try {
  await run(function* main(): Goroutine {
    const a = chan<string>();
    const b = chan<string>();
    go(polite, a, b);
    yield* go(polite, b, a);
  });
} catch (error) {
  if (!(error instanceof DeadlockError)) throw error;
  console.log(error.message);
  for (const [header] of error.dump.matchAll(/^goroutine .*$/gm)) console.log(header);
}

// Output:
// all goroutines are asleep - deadlock!
// goroutine 1 [goroutine join]:
// goroutine 2 [chan receive]:
// goroutine 3 [chan receive]:
