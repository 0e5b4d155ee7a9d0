/**
 * The measures of the cases on several cores that are neither one time per operation nor one workload's: the time of each operation, and the same work with two numbers of processors.
 */
import { median, sizes, verify } from "./measures.mjs";

const WARM_MS = 800;

/** The body gives { total, samples }: one time in µs for each of `n` operations. */
export const latency = async (kase, { run }, scale) => {
  const { fixed, small } = sizes(kase, scale);
  const attempt = async (n) => {
    const { total, samples } = await run(n);
    verify(kase, n, total);
    return samples.sort();
  };
  await attempt(small);
  await attempt(fixed);
  const samples = await attempt(fixed);
  const at = (q) => samples[Math.floor(samples.length * q)];
  return { p50: at(0.5), p99: at(0.99) };
};

/** The body gives a function that does the work once with so many processors, and resolves to { total, work? }. */
export const procs = async (kase, { run }, scale) => {
  const { fixed, repeat } = sizes(kase, scale);
  const body = await run(fixed);
  const want = kase.expected(fixed);
  const attempt = async (setting) => {
    const start = performance.now();
    const { total, work } = await body(setting);
    const ms = performance.now() - start;
    if (total !== want)
      throw new Error(`wrong result with ${setting} processors: ${total}, expected ${want}`);
    return { ms, over: work === undefined ? 0 : ((ms * setting) / work - 1) * 100 };
  };
  const [few, many] = kase.settings;
  const slow = [];
  const fast = [];
  const over = [];
  // Until threads have started and everything is compiled, with each setting.
  for (const setting of [many, few]) {
    const until = performance.now() + WARM_MS * scale;
    do await attempt(setting);
    while (performance.now() < until);
  }
  for (let i = 0; i < repeat; i++) {
    slow.push((await attempt(few)).ms);
    const second = await attempt(many);
    fast.push(second.ms);
    over.push(second.over);
  }
  return { time: median(fast), gain: median(slow) / median(fast), over: median(over) };
};
