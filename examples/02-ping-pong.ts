/**
 * An unbuffered channel: a send and a receive meet, and the value goes from hand to hand.
 *
 * Nobody needs a lock: whoever holds the ball is whoever received it last. Closing a channel tells the other side that no more will come;
 * `undefined` is what a receive gives then.
 */
import { type Chan, chan, type Goroutine, go } from "gort";

function* player(name: string, court: Chan<number>, other: Chan<number>): Goroutine {
  for (;;) {
    const ball = yield* court.recv();
    if (ball === undefined) return; // the other one has stopped
    console.log(`${name} ${ball}`);
    if (ball === 4) {
      other.close();
      return;
    }
    yield* other.send(ball + 1);
  }
}

export function* main(): Goroutine {
  const left = chan<number>();
  const right = chan<number>();
  const ping = go(player, "ping", left, right);
  const pong = go(player, "pong", right, left);
  yield* left.send(1);
  yield* ping;
  yield* pong;
  console.log("both have ended");
}

// Output:
// ping 1
// pong 2
// ping 3
// pong 4
// both have ended
