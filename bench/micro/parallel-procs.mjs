/**
 * What more processors are worth: the same work with two numbers of them, in turn, in one process.
 *
 * `settings` are those numbers; the time and the figures are the second one's. A body runs the work once and gives { total, work? }: the
 * milliseconds of all tasks, each on its own core's clock, tell the ideal split, whatever else the machine does meanwhile.
 */
import { added, crunched } from "./parallel-loads.mjs";
import { batches, churn } from "./parallel-spawn.mjs";
import { below } from "./spawn.mjs";

const TASKS = 64;

/** Equal ones, of 3 ms. */
export const equal = () => new Array(TASKS).fill(50);

/** Unequal ones, of 0.06 to 8 ms: 1, 3, 5 … units, in no order. */
export const unequal = () => Array.from({ length: TASKS }, (_, i) => 1 + 2 * ((i * 37) % TASKS));

function* all(go, task, sizes) {
  const handles = sizes.map((units) => go(task, units));
  const results = [];
  for (const handle of handles) results.push(yield* handle);
  return added(results);
}

const tasks = (sizes) => ({
  kind: "procs",
  settings: [1, 2],
  repeat: 5,
  expected: () => crunched(sizes()),
  gort: async ({ go, run, runtime }, _n) => {
    const { task } = await import("./parallel-goroutines.mjs");
    return (procs) => {
      runtime.gomaxprocs(procs);
      return run(() => all(go, task, sizes()));
    };
  },
  arg: sizes,
});

const time = { key: "time", label: "time", unit: "ms" };

export const cases = [
  {
    ...tasks(equal),
    name: "parallel-speed-up",
    body: "tasks",
    about: "64 equal CPU-bound goroutines of some 3 ms, on two processors, against the same on one.",
    metrics: [{ key: "gain", label: "speed-up", unit: "x", more: true }, time],
    targets: [{ min: 1.9, unit: "x" }],
  },
  {
    ...tasks(unequal),
    name: "parallel-unequal",
    body: "tasks",
    about:
      "64 CPU-bound goroutines of 0.06 to 8 ms on two processors: how much longer than half of the time that they took together.",
    metrics: [
      { key: "over", label: "above the ideal split", unit: "%" },
      { key: "gain", label: "speed-up", unit: "x" },
      time,
    ],
    targets: [{ max: 5, unit: "%" }],
  },
  {
    name: "parallel-crowded",
    about: "20,000 portable goroutines, 1,000 alive at a time, with GOMAXPROCS 8, against the same with 2.",
    kind: "procs",
    settings: [2, 8],
    fixed: 20_000,
    repeat: 7,
    expected: (n) => (below(1000) * batches(n)) | 0,
    gort: async ({ go, run, runtime }, n) => {
      const { unit } = await import("./parallel-goroutines.mjs");
      return (procs) => {
        runtime.gomaxprocs(procs);
        return run(function* main() {
          return { total: yield* churn(go, unit, n) };
        });
      };
    },
    metrics: [{ key: "gain", label: "throughput", unit: "x", more: true }, time],
    targets: [{ min: 0.8, unit: "x" }],
  },
];
