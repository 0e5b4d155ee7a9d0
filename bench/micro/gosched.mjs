/**
 * Goroutines that do nothing but let the others run.
 */
function* turns(gosched, n, state) {
  for (let i = 0; i < n; i++) yield* gosched();
  state.total += n;
  if (--state.left === 0) state.done.trySend(state.total);
}

const gort = ({ chan, go, gosched, run }, n, goroutines) =>
  run(function* main() {
    const state = { total: 0, left: goroutines, done: chan(1) };
    for (let g = 0; g < goroutines; g++) go(turns, gosched, n / goroutines, state);
    return yield* state.done.recv();
  });

const gosched = (goroutines, targets) => ({
  name: `gosched-${goroutines}`,
  body: "gosched",
  arg: goroutines,
  step: goroutines,
  about: `One gosched() while ${goroutines.toLocaleString("en")} goroutines do nothing else.`,
  expected: (n) => n,
  gort,
  targets,
});

export const cases = [
  gosched(2, [
    { against: "go", factor: 0.5 },
    { max: 40, unit: "ns" },
  ]),
  gosched(1000, [{ against: "go", factor: 0.5 }]),
];
