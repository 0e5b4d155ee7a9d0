/** What the tests of cond.wait() in a select share: a lock with a condition, and those who wait. */
import { type Chan, Cond, chan, type Goroutine, go, type Handle, Mutex, type Op } from "gort";
import { rest } from "../go/support.ts";
import { mustBeHeld } from "./exclusive-lock.ts";

/** A goroutine that holds the lock and waits in a select; it keeps the lock afterwards. */
export function* chooser(mu: Mutex, make: () => Op<{ case: string }>): Goroutine<Handle<string>> {
  const h = go(function* () {
    yield* mu.lock();
    const { case: chosen } = yield* make();
    mustBeHeld(mu);
    return chosen;
  });
  yield* rest(h);
  return h;
}

/** A goroutine that waits for the condition, and then gives the lock back. */
export function* plainWaiter(mu: Mutex, cond: Cond): Goroutine<Handle<void>> {
  const h = go(function* () {
    yield* mu.lock();
    yield* cond.wait();
    mu.unlock();
  });
  yield* rest(h);
  return h;
}

/** A lock, a condition of it, and a channel that ends a select. */
export function setting(): { mu: Mutex; cond: Cond; quit: Chan<void> } {
  const mu = new Mutex();
  return { mu, cond: new Cond(mu), quit: chan<void>() };
}
