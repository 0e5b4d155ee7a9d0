/**
 * A pipeline: stages that are joined by channels, each closing what it sends on.
 *
 * `range` receives until the channel is closed and drained, so the end of the input travels through every stage by itself. The channels have
 * little or no room: a slow stage holds up the ones before it, and nothing piles up.
 */
import { chan, type Goroutine, go, type RecvChan, range, type SendChan } from "gort";

function* count(upTo: number, out: SendChan<number>): Goroutine {
  for (let n = 1; n <= upTo; n++) yield* out.send(n);
  out.close();
}

function* square(inp: RecvChan<number>, out: SendChan<number>): Goroutine {
  for (const n = range(inp); yield* n.next(); ) yield* out.send(n.value ** 2);
  out.close();
}

export function* main(): Goroutine {
  const numbers = chan<number>();
  const squares = chan<number>(2);
  go(count, 5, numbers);
  go(square, numbers, squares);
  for (const n = range(squares); yield* n.next(); ) console.log(n.value);
}

// Output:
// 1
// 4
// 9
// 16
// 25
