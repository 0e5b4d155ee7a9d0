/**
 * Portable goroutines that do nothing but give their argument back: a thousand at a time, and one after the other.
 *
 * Nobody says where they run: the maker's core takes what no other one has taken by then. One at a time that is the maker's own.
 */
import { below } from "./spawn.mjs";

export const ALIVE = 1000;

export const batches = (n) => Math.max(1, Math.round(n / ALIVE));

/** `n` of them, a thousand at a time. */
export function* churn(go, unit, n) {
  const handles = new Array(ALIVE);
  let total = 0;
  for (let batch = batches(n); batch > 0; batch--) {
    for (let i = 0; i < ALIVE; i++) handles[i] = go(unit, i);
    for (let i = 0; i < ALIVE; i++) total = (total + (yield* handles[i])) | 0;
  }
  return total;
}

/** `n` of them, one at a time: what their results add up to, and the time of each in µs. */
function* oneByOne(go, unit, n) {
  const samples = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const start = performance.now();
    total = (total + (yield* go(unit, i))) | 0;
    samples[i] = (performance.now() - start) * 1e3;
  }
  return { total, samples };
}

export const cases = [
  {
    name: "parallel-spawn",
    about: "One portable goroutine made, run on any core and joined for its result, 1,000 alive at a time.",
    step: ALIVE,
    expected: (n) => (below(ALIVE) * batches(n)) | 0,
    prepared: true,
    gort: async ({ go, run }, n) => {
      const { unit } = await import("./parallel-goroutines.mjs");
      return () => run(() => churn(go, unit, n));
    },
    targets: [
      { against: "piscina", factor: 0.033 },
      { max: 500, unit: "ns" },
    ],
  },
  {
    name: "parallel-one",
    about: "One portable goroutine made, run and joined for its result before the next one is made.",
    kind: "latency",
    metrics: [
      { key: "p50", label: "p50", unit: "µs" },
      { key: "p99", label: "p99", unit: "µs" },
    ],
    fixed: 20_000,
    expected: below,
    gort: async ({ go, run }, n) => {
      const { unit } = await import("./parallel-goroutines.mjs");
      return run(() => oneByOne(go, unit, n));
    },
    targets: [{ max: 10, unit: "µs" }],
  },
];
