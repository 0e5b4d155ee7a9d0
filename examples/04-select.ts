/**
 * select: waits for several operations, and lets exactly one of them happen.
 *
 * Any operation can be a case: here a receive, and a `sleep` as the time limit. The case that loses leaves nothing behind, no timer and no waiter.
 * The result is a union over the cases' names, so the compiler knows that `value` is a string in one branch and nothing in the other.
 */
import { chan, type Goroutine, go, type RecvChan, type SendChan, select, sleep } from "gort";

function* answer(delayMs: number, out: SendChan<string>): Goroutine {
  yield* sleep(delayMs);
  yield* out.send(`an answer after ${delayMs} ms`);
}

function* ask(inp: RecvChan<string>, limitMs: number): Goroutine<string> {
  const s = yield* select({ word: inp.recv(), late: sleep(limitMs) });
  switch (s.case) {
    case "word":
      return s.value ?? "the channel was closed";
    case "late":
      return `nothing within ${limitMs} ms`;
  }
}

export function* main(): Goroutine {
  const fast = chan<string>();
  const slow = chan<string>();
  go(answer, 1, fast);
  go(answer, 60_000, slow);
  console.log(yield* ask(fast, 10_000));
  console.log(yield* ask(slow, 20));
} // the command ends here: nobody waits for the slow one

// Output:
// an answer after 1 ms
// nothing within 20 ms
