/**
 * Timers: something that happens once, later, unless it is stopped.
 *
 * A Timer sends the time on its channel `c`. `stop` and `reset` say whether they came in time; after either of them nothing old comes out of the
 * channel (the rules of Go 1.23). `afterFunc` calls a function instead, in a goroutine of its own.
 *
 * To wait a while, `sleep` is enough, and so it is for a limit in a select: a Timer is for what is stopped or put off from somewhere else.
 */
import { afterFunc, chan, type Goroutine, sleep, Timer } from "gort";

export function* main(): Goroutine {
  const timer = new Timer(60_000);
  console.log("stop:", timer.stop());
  console.log("stop:", timer.stop(), "(it was stopped already)");
  console.log("reset:", timer.reset(1), "(it was not running)");
  yield* timer.c.recv();
  console.log("the timer has fired");

  // A watchdog: every sign of life puts it off.
  const barked = chan<never>();
  const dog = afterFunc(10_000, () => {
    console.log("watchdog: nothing heard");
    barked.close();
  });
  for (let i = 1; i <= 3; i++) {
    yield* sleep(1);
    console.log(`sign of life ${i}: in time, ${dog.reset(10_000)}`);
  }
  dog.reset(2);
  yield* barked.recv();
  console.log("reset:", dog.reset(60_000), "(too late)");
  dog.stop();
}

// Output:
// stop: true
// stop: false (it was stopped already)
// reset: false (it was not running)
// the timer has fired
// sign of life 1: in time, true
// sign of life 2: in time, true
// sign of life 3: in time, true
// watchdog: nothing heard
// reset: false (too late)
