/**
 * gort/testing: schedules tried, and virtual time.
 */

/** Two goroutines, six operations. */
const program =
  ({ chan, go }) =>
  () =>
    function* main() {
      const buffered = chan(1);
      const unbuffered = chan();
      const other = go(function* () {
        yield* buffered.send(1);
        yield* unbuffered.send(2);
        yield* buffered.send(3);
      });
      let sum = (yield* buffered.recv()) + (yield* unbuffered.recv()) + (yield* buffered.recv());
      yield* other;
      if (sum !== 6) sum = 0;
    };

const exploring = (strategy) => async (gort, n) => {
  const { explore } = await import("gort/testing");
  const { schedules } = await explore(program(gort)(), { strategy, schedules: n });
  return schedules;
};

const day = async ({ Ticker }, n) => {
  const { bubble } = await import("gort/testing");
  return bubble(function* () {
    const ticker = new Ticker(1000);
    let ticks = 0;
    while (ticks < n) {
      yield* ticker.c.recv();
      ticks++;
    }
    ticker.stop();
    return ticks;
  });
};

export const cases = [
  {
    name: "explore-random",
    about: "explore(): a schedule of a program of two goroutines and six operations, by chance.",
    expected: (n) => n,
    gort: exploring("random"),
    // 50,000 a second.
    targets: [{ max: 20_000, unit: "ns" }],
  },
  {
    name: "explore-pct",
    about: "The same with priorities.",
    expected: (n) => n,
    gort: exploring("pct"),
    targets: [{ max: 20_000, unit: "ns" }],
  },
  {
    name: "bubble-day",
    about: "bubble(): a day of ticks, one a second, in virtual time.",
    fixed: 86_400,
    repeat: 5,
    unit: "ms",
    expected: (n) => n,
    gort: day,
    targets: [],
  },
];
