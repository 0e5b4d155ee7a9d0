/**
 * A ticker: a channel on which the time comes again and again.
 *
 * Ticks do not pile up. Whoever is slow finds one of them waiting and the others dropped, so a receiver that was held up has nothing to catch up
 * with. `stop` ends the ticks and closes nothing: whoever waits for the next one needs another case to wait for.
 */
import { type Goroutine, now, range, select, sleep, Ticker } from "gort";

const EVERY_MS = 2;

export function* main(): Goroutine {
  const ticker = new Ticker(EVERY_MS);
  let count = 0;
  for (const tick = range(ticker.c); yield* tick.next(); ) {
    console.log(`tick ${++count}`);
    if (count === 3) break;
  }

  ticker.stop();
  const s = yield* select({ tick: ticker.c.recv(), nothing: sleep(3 * EVERY_MS) });
  console.log(`stopped: ${s.case}`);

  ticker.reset(EVERY_MS);
  const started = now();
  for (let i = 0; i < 3; i++) {
    yield* ticker.c.recv();
    yield* sleep(5 * EVERY_MS); // work that is five times too slow
  }
  const due = (now() - started) / EVERY_MS;
  console.log(`slow: 3 ticks received, ${due >= 15 ? "15 or more" : due} were due`);
  ticker.stop();
}

// Output:
// tick 1
// tick 2
// tick 3
// stopped: nothing
// slow: 3 ticks received, 15 or more were due
