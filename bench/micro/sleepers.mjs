/**
 * A crowd of goroutines, each of which sleeps once: timers made, kept in order, fired.
 *
 * The longest sleep is 100 ms, so nobody can be done sooner: what is above 100 ms is the work.
 */
import { below } from "./spawn.mjs";

/** How long the i-th one sleeps: 1 to 100 ms, all equally often, neighbours far apart. */
export const span = (i) => 1 + ((i * 61) % 100);

function* sleeper(sleep, state, i) {
  yield* sleep(span(i));
  state.total = (state.total + i) | 0;
  if (--state.left === 0) state.done.trySend(state.total);
}

const gort = ({ chan, go, run, sleep }, n) =>
  run(function* main() {
    const state = { total: 0, left: n, done: chan(1) };
    for (let i = 0; i < n; i++) go(sleeper, sleep, state, i);
    return yield* state.done.recv();
  });

const sleepers = (n, repeat, targets) => ({
  name: `sleepers-1e${Math.log10(n)}`,
  body: "sleepers",
  about: `${n.toLocaleString("en")} goroutines, each made and sleeping once, 1 to 100 ms; until the last has ended, at least 100 ms.`,
  fixed: n,
  repeat,
  unit: "ms",
  expected: below,
  gort,
  targets: [{ against: "go", factor: 0.7 }, ...targets],
});

export const cases = [sleepers(100_000, 5, []), sleepers(1_000_000, 1, [{ max: 1200, unit: "ms" }])];
