/**
 * Rate limiting with a ticker: whoever wants to go on takes a tick.
 *
 * To let a few pass at once after a pause, put the ticks into a buffered channel: it holds as many as may be saved up. `trySend` drops the tick for
 * which there is no room.
 */
import { type Chan, chan, type Goroutine, go, now, Ticker } from "gort";

const EVERY_MS = 4;

function* steady(): Goroutine {
  const started = now();
  const ticker = new Ticker(EVERY_MS);
  for (let request = 1; request <= 3; request++) {
    yield* ticker.c.recv();
    console.log(`steady: request ${request}, too early: ${now() - started < request * EVERY_MS}`);
  }
  ticker.stop();
}

/** Moves ticks into `permits`, as long as there is room. */
function* fill(ticker: Ticker, permits: Chan<number>): Goroutine {
  for (;;) permits.trySend((yield* ticker.c.recv()) ?? 0);
}

function* bursty(): Goroutine {
  const permits = chan<number>(3);
  while (permits.trySend(now())) {} // full from the start: three may go at once
  go(fill, new Ticker(EVERY_MS), permits);
  for (let request = 1; request <= 4; request++) {
    const atOnce = permits.tryRecv() !== undefined;
    if (!atOnce) yield* permits.recv();
    console.log(`bursty: request ${request} ${atOnce ? "went at once" : "waited for a tick"}`);
  }
}

export function* main(): Goroutine {
  yield* steady();
  yield* bursty();
} // the goroutine that fills ends with the program

// Output:
// steady: request 1, too early: false
// steady: request 2, too early: false
// steady: request 3, too early: false
// bursty: request 1 went at once
// bursty: request 2 went at once
// bursty: request 3 went at once
// bursty: request 4 waited for a tick
