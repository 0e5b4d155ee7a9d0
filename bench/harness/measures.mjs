/**
 * How a case is measured, by its kind: time (per operation, or of a whole workload), memory, timer; the others are in procs.mjs.
 */
import { readFileSync } from "node:fs";

const TARGET_MS = 600; // how long the timed run of a case should take
const ALONE_MS = 1000;
const BESIDE_MS = 2000;

/** Throws when `got` is not what a case of size `n` gives. */
export const verify = (kase, n, got) => {
  const want = kase.expected(n);
  if (got !== want) throw new Error(`wrong result: ${got}, expected ${want}`);
};

const attempt = async (kase, run, n) => {
  const timed = kase.prepared ? await run(n) : () => run(n);
  const start = performance.now();
  const got = await timed();
  const took = performance.now() - start;
  verify(kase, n, got);
  return took;
};

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** The sizes of a case at a scale: the Go twin gets the same. */
export const sizes = (kase, scale) => {
  const fixed = kase.fixed === undefined ? 0 : Math.max(10, Math.round(kase.fixed * scale));
  return {
    kind: kase.kind,
    prepared: kase.prepared ?? false,
    fixed,
    small: fixed === 0 ? 1000 : Math.max(10, Math.round(fixed / 20)),
    repeat: scale < 1 ? 1 : (kase.repeat ?? 1),
    step: kase.step ?? 1,
    parked: kase.park === undefined ? 0 : Math.max(10, Math.round(kase.park * scale)),
    settings: kase.settings ?? [],
    targetMs: kase.kind === "timer" ? (BESIDE_MS * scale) / 4 : TARGET_MS * scale,
  };
};

const time = async (kase, { run, park }, scale) => {
  const { fixed, small, repeat, step, parked, targetMs } = sizes(kase, scale);
  const release = parked > 0 ? await park(parked) : undefined;
  // The question is the switch, not the collector's work on what has just been made.
  if (parked > 0) globalThis.gc();
  await attempt(kase, run, small);
  let value;
  if (fixed > 0) {
    await attempt(kase, run, fixed);
    const all = [];
    for (let i = 0; i < repeat; i++) all.push(await attempt(kase, run, fixed));
    value = median(all);
  } else {
    // Longer and longer until a quarter of the target is reached: that is the warm-up too.
    let n = small;
    while ((await attempt(kase, run, n)) < targetMs / 4) n *= 2;
    const took = await attempt(kase, run, n);
    n = Math.max(step, Math.floor((n * targetMs) / took / step) * step);
    value = ((await attempt(kase, run, n)) / n) * 1e6;
  }
  await attempt(kase, run, small);
  if (release !== undefined && (await release()) !== parked) throw new Error("a parked goroutine was lost");
  return { time: value };
};

const resident = () => {
  try {
    return Number(readFileSync("/proc/self/statm", "latin1").split(" ")[1]) * 4096;
  } catch {
    return process.memoryUsage().rss;
  }
};

/** Heap and resident memory after a collection; needs --expose-gc. */
export const weigh = async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { heap: process.memoryUsage().heapUsed, rss: resident() };
};

const memory = async (kase, { run }, scale) => {
  const { fixed, small } = sizes(kase, scale);
  verify(kase, small, await (await run(small))());
  const before = await weigh();
  const release = await run(fixed);
  const after = await weigh();
  verify(kase, fixed, await release());
  return { heap: (after.heap - before.heap) / fixed, rss: (after.rss - before.rss) / fixed };
};

const forMs = (run, ms) => {
  const start = performance.now();
  return run(() => performance.now() - start >= ms).then((rounds) => ({
    round: ((performance.now() - start) / rounds) * 1e6,
  }));
};

const timer = async (_kase, { run }, scale) => {
  await forMs(run, (ALONE_MS / 2) * scale);
  const alone = await forMs(run, ALONE_MS * scale);
  const delays = [];
  let handle;
  const arm = () => {
    const armed = performance.now();
    handle = setTimeout(() => {
      delays.push(performance.now() - armed);
      arm();
    }, 1);
  };
  arm();
  const beside = await forMs(run, BESIDE_MS * scale);
  clearTimeout(handle);
  delays.sort((a, b) => a - b);
  const at = (q) => delays[Math.min(delays.length - 1, Math.floor(delays.length * q))];
  const values = { fired: delays.length, round: beside.round, kept: (alone.round / beside.round) * 100 };
  return delays.length === 0 ? values : { ...values, p50: at(0.5), p99: at(0.99), max: at(1) };
};

export const measures = { time, memory, timer };
