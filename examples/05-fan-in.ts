/**
 * Fan-in: many senders, one channel, one receiver.
 *
 * None of the senders may close the channel, because none knows whether it is the last. Whoever waits for all of them does: a goroutine's handle is
 * what Go uses a WaitGroup for.
 *
 * Senders are served in the order in which they came. The first send finds main waiting, hands its value over and goes on without a pause, so
 * `a` is back in the line with a2 before `b` and `c` have begun; from there on they take turns.
 */
import { chan, type Goroutine, go, range, type SendChan } from "gort";

function* source(name: string, out: SendChan<string>): Goroutine {
  for (let n = 1; n <= 2; n++) yield* out.send(`${name}${n}`);
}

export function* main(): Goroutine {
  const all = chan<string>();
  const sources = ["a", "b", "c"].map((name) => go(source, name, all));
  go(function* close() {
    for (const one of sources) yield* one;
    all.close();
  });
  for (const word = range(all); yield* word.next(); ) console.log(word.value);
}

// Output:
// a1
// a2
// b1
// c1
// b2
// c2
