/**
 * The parallel-* cases with piscina: a call is a message to a thread and one back.
 */
import { added } from "../micro/parallel-loads.mjs";
import { ALIVE, batches } from "../micro/parallel-spawn.mjs";

const filename = new URL("piscina-work.mjs", import.meta.url).href;

const pools = new Map();

/** One pool for each number of threads; 0: as many as it takes by itself. */
const poolOf = (Piscina, threads = 0) => {
  if (!pools.has(threads)) {
    const options = threads === 0 ? {} : { minThreads: threads, maxThreads: threads };
    pools.set(threads, new Piscina({ filename, ...options }));
  }
  return pools.get(threads);
};

const parallelSpawn = (Piscina, n) => {
  const pool = poolOf(Piscina);
  return async () => {
    let total = 0;
    for (let batch = batches(n); batch > 0; batch--) {
      const calls = [];
      for (let i = 0; i < ALIVE; i++) calls.push(pool.run(i, { name: "unit" }));
      for (const result of await Promise.all(calls)) total = (total + result) | 0;
    }
    return total;
  };
};

const parallelOne = async (Piscina, n) => {
  const pool = poolOf(Piscina);
  const samples = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const start = performance.now();
    total = (total + (await pool.run(i, { name: "unit" }))) | 0;
    samples[i] = (performance.now() - start) * 1e3;
  }
  return { total, samples };
};

const tasks = (Piscina, _n, sizes) => async (threads) => {
  const pool = poolOf(Piscina, threads);
  return added(await Promise.all(sizes().map((units) => pool.run(units, { name: "task" }))));
};

export const bodies = { "parallel-spawn": parallelSpawn, "parallel-one": parallelOne, tasks };
