/**
 * The cost of a goroutine's life: made, run, ended; a thousand alive at a time, and a million made before the first one runs.
 */
const ALIVE = 1000;

// The same total for every implementation: the batches are whole.
const batches = (n) => Math.max(1, Math.round(n / ALIVE));

function* unit(i) {
  return i;
}

function* churn(go, n) {
  const handles = new Array(ALIVE);
  let total = 0;
  for (let batch = batches(n); batch > 0; batch--) {
    for (let i = 0; i < ALIVE; i++) handles[i] = go(unit, i);
    for (let i = 0; i < ALIVE; i++) total = (total + (yield* handles[i])) | 0;
  }
  return total;
}

function* count(state, i) {
  state.total = (state.total + i) | 0;
  if (--state.left === 0) state.done.trySend(state.total);
}

function* burst({ chan, go }, n) {
  const state = { total: 0, left: n, done: chan(1) };
  for (let i = 0; i < n; i++) go(count, state, i);
  return yield* state.done.recv();
}

export const below = (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + i) | 0;
  return total;
};

export const cases = [
  {
    name: "spawn",
    about: "One goroutine made, run and joined for its result, 1,000 alive at a time.",
    step: ALIVE,
    arg: ALIVE,
    expected: (n) => (below(ALIVE) * batches(n)) | 0,
    gort: (lib, n) => lib.run(() => churn(lib.go, n)),
    targets: [
      { against: "plain", factor: 1 },
      { max: 80, unit: "ns" },
    ],
  },
  {
    name: "burst",
    about:
      "A million goroutines, all made before the first one runs, each adds its number to a sum; until the last has ended.",
    fixed: 1_000_000,
    repeat: 1,
    unit: "ms",
    expected: below,
    gort: (lib, n) => lib.run(() => burst(lib, n)),
    targets: [
      { against: "plain", factor: 0.5 },
      { max: 500, unit: "ms" },
    ],
  },
];
