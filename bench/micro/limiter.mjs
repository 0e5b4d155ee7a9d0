/**
 * A rate limiter: what asking costs when the answer is yes, and whether it keeps a high rate with a crowd in its queue.
 */
export const PLENTY = 1e9; // a second, and as the burst: nobody ever waits

/** The crowd: so many a second, and so many at once to begin with. */
export const RATE = 1_000_000;
export const BURST = 10_000;

/** Counts who gets through, and knows when the first one did. A tenth is left to those whose clock counts whole milliseconds. */
export class Gate {
  count = 0;
  first = 0;

  pass() {
    if (this.count++ === 0) this.first = performance.now();
  }

  /** The count, or a failure where more got through than the rate allows. */
  result() {
    const took = performance.now() - this.first;
    const least = (Math.max(0, this.count - BURST) / RATE) * 1000;
    if (took < 0.9 * least)
      throw new Error(`${this.count} waits in ${took} ms, expected ${least} ms at least`);
    return this.count;
  }
}

const allow = ({ Limiter, run }, n) =>
  run(function* main() {
    const limiter = new Limiter(PLENTY, PLENTY);
    let count = 0;
    for (let i = 0; i < n; i++) if (limiter.allow()) count++;
    return count;
  });

const wait = ({ Limiter, run }, n) =>
  run(function* main() {
    const limiter = new Limiter(PLENTY, PLENTY);
    let count = 0;
    for (let i = 0; i < n; i++) {
      yield* limiter.wait();
      count++;
    }
    return count;
  });

function* waiter(limiter, gate) {
  yield* limiter.wait();
  gate.pass();
}

const burst = ({ Limiter, WaitGroup, run }, n) =>
  run(function* main() {
    const limiter = new Limiter(RATE, BURST);
    const wg = new WaitGroup();
    const gate = new Gate();
    for (let i = 0; i < n; i++) wg.go(waiter, limiter, gate);
    yield* wg.wait();
    return gate.result();
  });

const count = (n) => n;

export const cases = [
  {
    name: "limiter-allow",
    about: "One allow() of a limiter that always says yes.",
    expected: count,
    gort: allow,
    targets: [{ against: "effect", factor: 1 }],
  },
  {
    name: "limiter-wait",
    about: "One wait() of a limiter that lets everybody through at once.",
    expected: count,
    gort: wait,
    targets: [
      { against: "p-queue", factor: 1 },
      { against: "effect", factor: 1 },
    ],
  },
  {
    name: "limiter-burst",
    about:
      "100,000 goroutines wait once each for a limiter of 1,000,000 a second, 10,000 at once; until all have ended, at least 90 ms.",
    fixed: 100_000,
    repeat: 5,
    unit: "ms",
    expected: count,
    gort: burst,
    targets: [
      { against: "p-queue", factor: 1 },
      { against: "effect", factor: 1 },
    ],
  },
];
