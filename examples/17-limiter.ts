/**
 * Limiter: so many events a second, a few of them at once (a token bucket, Go's x/time/rate).
 *
 * - `allow` takes a token if there is one and says so: drop the request otherwise.
 * - `wait` waits for its token. With a context it gives up when the context ends, and at once when the token would come too late for it.
 * - `reserve` takes the token now and says how long to wait before using it.
 *
 * A wait that loses its select, or whose context ends, gives its place back.
 */
import { background, type Goroutine, Limiter, now, select, sleep, withTimeout } from "gort";

export function* main(): Goroutine {
  const slow = new Limiter(1, 3); // one a second, three at once
  console.log("allow:", slow.allow(), slow.allow(), slow.allow(), slow.allow());

  const fast = new Limiter(500, 1); // one every 2 ms
  const started = now();
  for (let i = 0; i < 6; i++) yield* fast.wait();
  console.log("six waits took five times 2 ms or more:", now() - started >= 10);

  const s = yield* select({ token: slow.wait(), late: sleep(5) });
  console.log("select:", s.case);

  const [ctx, cancel] = withTimeout(background(), 20);
  try {
    yield* slow.wait(1, ctx);
  } catch (error) {
    console.log(`wait: ${(error as Error).message}`);
  }
  cancel();

  const reservation = slow.reserve();
  console.log("reserve:", reservation.ok, "to be used later:", reservation.delay > 0);
  reservation.cancel();
}

// Output:
// allow: true true true false
// six waits took five times 2 ms or more: true
// select: late
// wait: rate: Wait(n=1) would exceed context deadline
// reserve: true to be used later: true
