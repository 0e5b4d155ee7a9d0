/**
 * Closing a channel tells everybody who receives that no more will come.
 *
 * - It reaches all of them at once, also those who come later: one `close` starts any number of runners.
 * - What is in the buffer comes out first. `recvOk` tells the end from an `undefined` that somebody sent.
 * - Whoever sends closes, and nobody else: a send on a closed channel throws.
 *
 * A channel need not be closed to be cleaned up. Close it when somebody wants to know.
 */
import { ChannelClosedError, chan, type Goroutine, go, type RecvChan } from "gort";

function* runner(name: string, start: RecvChan<never>): Goroutine {
  yield* start.recv(); // nobody ever sends: it waits for the close
  console.log(`${name} runs`);
}

export function* main(): Goroutine {
  const start = chan<never>();
  const runners = ["Ada", "Bob", "Cleo"].map((name) => go(runner, name, start));
  start.close();
  for (const one of runners) yield* one;
  yield* runner("Dan, who is late,", start);

  const letters = chan<string | undefined>(2);
  yield* letters.send("a");
  yield* letters.send(undefined);
  letters.close();
  console.log(letters.closed, letters.length);
  for (let i = 0; i < 3; i++) console.log(yield* letters.recvOk());

  try {
    yield* letters.send("b");
  } catch (error) {
    if (!(error instanceof ChannelClosedError)) throw error;
    console.log(`${error.code}: ${error.message}`);
  }
}

// Output:
// Ada runs
// Bob runs
// Cleo runs
// Dan, who is late, runs
// true 2
// [ 'a', true ]
// [ undefined, true ]
// [ undefined, false ]
// GORT_CHANNEL_CLOSED: send on closed channel
