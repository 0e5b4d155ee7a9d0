/**
 * Timeouts: a limit for each step, and one for the whole.
 *
 * `sleep(ms)` as a case counts from this select, so it limits a single step. `after(ms)` is a channel whose time runs from where it is made: made
 * once before the loop, it limits the whole of it. A peer that says a word now and then never trips over the first, and always over the second.
 *
 * A case that loses leaves no timer behind: the 60 seconds below do not keep the process alive.
 */
import { after, chan, type Goroutine, go, type RecvChan, type SendChan, select, sleep } from "gort";

function* listen(inp: RecvChan<string>, stepMs: number, wholeMs: number): Goroutine {
  const whole = after(wholeMs);
  for (let words = 0; ; words++) {
    const s = yield* select({ word: inp.recv(), step: sleep(stepMs), whole: whole.recv() });
    if (s.case === "step") return console.log(`${words} words, and then nothing for ${stepMs} ms`);
    if (s.case === "whole") return console.log(`no end after ${wholeMs} ms`);
  }
}

function* chatter(out: SendChan<string>): Goroutine {
  for (;;) {
    yield* out.send("and");
    yield* sleep(1);
  }
}

export function* main(): Goroutine {
  const shy = chan<string>(2);
  for (const word of ["hello", "well"]) yield* shy.send(word);
  yield* listen(shy, 10, 60_000);

  const chatty = chan<string>();
  go(chatter, chatty);
  yield* listen(chatty, 60_000, 20);
}

// Output:
// 2 words, and then nothing for 10 ms
// no end after 20 ms
