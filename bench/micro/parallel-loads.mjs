/**
 * What the goroutines, threads and workers of the parallel-* cases do, the same for all implementations in this language.
 */
const STEPS = 30_000; // of a unit of work: about 0.06 ms

/** A number that takes `units` of processor time to find, and is never 0. */
export const crunch = (units) => {
  let state = units | 1;
  for (let i = units * STEPS; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
};

/** The number, and the milliseconds that it took on its own core. */
export const clocked = (units) => {
  const start = performance.now();
  const number = crunch(units);
  return [number, performance.now() - start];
};

/** As many tasks as `sizes` has, one after the other: what the numbers add up to. */
export const crunched = (sizes) => {
  const known = new Map();
  let total = 0;
  for (const units of sizes) {
    if (!known.has(units)) known.set(units, crunch(units));
    total = (total + known.get(units)) | 0;
  }
  return total;
};

/** What clocked() gave for all tasks: the numbers added up, and the milliseconds. */
export const added = (results) => {
  let total = 0;
  let work = 0;
  for (const [number, ms] of results) {
    total = (total + number) | 0;
    work += ms;
  }
  return { total, work };
};

const NAMES = ["ada", "grace", "barbara", "margaret", "radia", "frances", "jean", "karen"];

/** The i-th message of three fields. */
export const message = (i) => ({ id: i, name: NAMES[i & 7], ok: (i & 1) === 0 });

/** What a message counts for: nothing if one of its fields is wrong. */
export const worth = ({ id, name, ok }) => (name === NAMES[id & 7] && ok === ((id & 1) === 0) ? id : 0);

/** Holds this thread until `word` is no longer 0: what has been started meanwhile can only begin on another core. */
export const hold = (word) => {
  const until = performance.now() + 10_000;
  while (Atomics.load(word, 0) === 0) {
    if (performance.now() > until) throw new Error("no other core has begun within 10 s");
  }
};

export const flag = () => new Int32Array(new SharedArrayBuffer(4));
