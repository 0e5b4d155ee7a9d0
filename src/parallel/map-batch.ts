/**
 * A batch: some inputs of a parallel map, for which one goroutine calls the program's function one after the other.
 *
 * Invariants:
 *   I1  a batch ends between two calls when the map is stopped, and when it has taken {@link PATIENCE_MS}: the rest is sent again. So nobody waits for a batch longer than that and one call.
 *   I2  what became of a batch stands in its slip before its goroutine ends, whichever way that ends: also by an error, and by goexit(), which ends one call and gives undefined for it.
 *   I3  a slip and what it names is freed by the machine that maps. A machine that dies has named nothing, and a block that it had begun is lost with it.
 *
 * The goroutine is one of a portable function of gort's own, which every core has: it finds the program's function by its key, and imports its file if it must.
 */
import { resolve } from "../portable/loader.ts";
import { ownPortable, type PortableEntry } from "../portable/registry.ts";
import { settlement } from "../runtime/body.ts";
import { isGenerator } from "../runtime/generator.ts";
import { type Go, goAnywhereFor, goFor, type Maker, now, wait } from "../runtime/kernel.ts";
import type { Goroutine } from "../runtime/operation.ts";
import { load, store } from "../shm/atomic.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc, free } from "../shm/slab.ts";
import { Block, type Contents, Copies, Listed, type Parcel, Reading } from "./map-parcel.ts";

/** A batch that has taken so long gives the rest back. */
export const PATIENCE_MS = 2;

/** What became of a batch. */
export interface Outcome {
  /** How many calls have ended: so many inputs have been read. */
  readonly done: number;
  readonly tookMs: number;
  readonly results: unknown[];
}

/** Words of a slip. */
const DONE = 0;
const TOOK_US = 1;
const RESULTS = 2;
const COUNT = 3;
const SLIP_BYTES = 64;

/** So much is room for the results of a batch to begin with, in words. */
const RESULT_WORDS = 8;

interface Progress {
  done: number;
  began: number;
}

type AnyFunction = (...args: never[]) => unknown;

function* calls(
  fn: AnyFunction,
  name: string,
  count: number,
  inputs: Contents,
  results: Parcel,
  progress: Progress,
  isStopped: () => boolean,
): Goroutine {
  const what = `result of ${name}`;
  let ended = true;
  try {
    while (progress.done < count && !isStopped()) {
      ended = false;
      const made: unknown = fn(inputs.next() as never);
      let result = made;
      if (isGenerator(made)) result = yield* made as Goroutine<unknown>;
      else {
        const op = settlement(made);
        if (op !== null) result = yield* op;
      }
      results.put(result, what);
      ended = true;
      progress.done++;
      if (now() - progress.began > PATIENCE_MS) break;
    }
  } finally {
    // An error ends the map, and nobody asks how far this came. Else it was goexit(): that call's result is undefined.
    if (!ended) {
      results.put(undefined, what);
      progress.done++;
    }
  }
}

function* parallelMapBatch(
  key: string,
  ref: Ref,
  place: number,
  count: number,
  slip: Ref,
  flag: Ref,
): Goroutine {
  const found = resolve(key);
  const { fn, name } = found instanceof Promise ? yield* wait(found) : found;
  const { words } = memoryOf(flag);
  const stop = wordOf(flag);
  const results = new Block(RESULT_WORDS * count);
  const progress: Progress = { done: 0, began: now() };
  try {
    const inputs = new Reading(ref, place);
    yield* calls(fn, name, count, inputs, results, progress, () => load(words, stop) !== 0);
  } finally {
    const out = memoryOf(slip).words;
    const at = wordOf(slip);
    out[at + DONE] = progress.done;
    out[at + TOOK_US] = Math.min((now() - progress.began) * 1000, 0x7fff_ffff);
    out[at + COUNT] = results.count;
    out[at + RESULTS] = results.ref;
  }
}

/** Every core has this function before it is asked for, so nobody imports that file, and gort can be in one that cannot be imported. */
const anywhere: typeof parallelMapBatch = ownPortable("parallelMapBatch", parallelMapBatch, "file:gort");

/** Tells the batches of a map to stop. */
export interface Stop {
  set(): void;
  /** All batches have ended. */
  drop(): void;
}

/** How a map's batches travel: by shared memory, or not at all. */
export interface Transport {
  readonly stop: Stop;
  parcel(hint: number): Parcel;
  /** Starts a goroutine for `count` inputs of `parcel`, from the one with index `from` on. `outcome` is asked once, when it has ended. */
  start(maker: Maker, parcel: Parcel, from: number, count: number): { goroutine: Go; outcome: () => Outcome };
}

/** Batches that any core may take. */
export function sharing(entry: PortableEntry): Transport {
  const flag = alloc(SLIP_BYTES);
  store(memoryOf(flag).words, wordOf(flag), 0);
  return {
    stop: {
      set: () => store(memoryOf(flag).words, wordOf(flag), 1),
      drop: () => free(flag),
    },
    parcel: (hint) => new Block(hint),
    start(maker, parcel, from, count) {
      const { ref, places } = parcel as Block;
      const slip = alloc(SLIP_BYTES);
      memoryOf(slip).words.fill(0, wordOf(slip), wordOf(slip) + 4);
      const goroutine = goAnywhereFor(maker, anywhere as AnyFunction, [
        entry.key,
        ref,
        places[from] as number,
        count,
        slip,
        flag,
      ]);
      return { goroutine, outcome: () => readSlip(slip) };
    },
  };
}

function readSlip(slip: Ref): Outcome {
  const { words } = memoryOf(slip);
  const at = wordOf(slip);
  const ref = words[at + RESULTS] as Ref;
  const results: unknown[] = [];
  try {
    if (ref !== 0) {
      const reading = new Reading(ref, 0);
      for (let left = words[at + COUNT] as number; left > 0; left--) results.push(reading.next());
    }
    return { done: words[at + DONE] as number, tookMs: (words[at + TOOK_US] as number) / 1000, results };
  } finally {
    if (ref !== 0) free(ref);
    free(slip);
  }
}

/** Batches that stay on this core: there is one. */
export function staying(entry: PortableEntry): Transport {
  let stopped = false;
  const { fn, name } = entry;
  return {
    stop: {
      set: () => {
        stopped = true;
      },
      drop: () => {},
    },
    parcel: () => new Copies(),
    start(maker, parcel, from, count) {
      const results = new Copies();
      const progress: Progress = { done: 0, began: 0 };
      let ended = 0;
      const run = function* parallelMapBatch(): Goroutine {
        const inputs = new Listed((parcel as Copies).values, from);
        progress.began = now();
        try {
          yield* calls(fn, name, count, inputs, results, progress, () => stopped);
        } finally {
          ended = now();
        }
      };
      return {
        goroutine: goFor(maker, run, []),
        outcome: () => ({ done: progress.done, tookMs: ended - progress.began, results: results.values }),
      };
    },
  };
}
