/**
 * parallelMap: a portable function for each of many inputs, on all cores, and the results as a channel.
 *
 *   inputs -> feeder -> parcels, batches -> calls on all cores -> results, in order or as they come
 *
 * A goroutine for each input would pay the way to another core for each; here small inputs travel many at a time. How many is found out by the way (map-state.ts): a batch is to take about as long as it may
 * without anybody having to wait for it, and one that takes longer gives the rest back (map-batch.ts).
 *
 * Go: none; there one writes a worker pool, and sharing memory costs nothing.
 */
import {
  checkAmount,
  checkFunction,
  describe,
  InvalidContextError,
  InvalidOptionError,
} from "../base/errors.ts";
import type { RecvChan } from "../chan/types.ts";
import { entryOf, notPortable } from "../portable/registry.ts";
import { maker } from "../runtime/kernel.ts";
import type { Goroutine, Op } from "../runtime/operation.ts";
import { MapChan, type ParallelMap } from "./map-chan.ts";
import { usualConcurrency } from "./map-state.ts";

export type { ParallelMap };

/** What a parallel map needs of a context: gort's contexts have it. */
export interface ParallelMapContext {
  done(): Op<void>;
  readonly err: Error | undefined;
  readonly signal: AbortSignal;
  wait<T>(op: Op<T>): Op<T>;
}

/** The options of {@link parallelMap}. */
export interface ParallelMapOptions {
  /** Calls under way at most; by default four for each processor, so that all are kept busy. */
  readonly concurrency?: number | undefined;
  /** Results come in the order of the inputs (true, the default), or as they are ready. */
  readonly ordered?: boolean | undefined;
  /** When it ends, the map stops, and its consumer gets `ctx.err`. */
  readonly ctx?: ParallelMapContext | undefined;
  /** Called here whenever results have come: how many by now, and how many there will be, where the input has a length or size. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/** What a parallel map can read. */
export type ParallelMapInputs<T> = Iterable<T> | AsyncIterable<T> | RecvChan<T>;

const OPTIONS: ReadonlySet<string> = new Set(["concurrency", "ordered", "ctx", "onProgress"]);

/**
 * Calls `fn` for each input, on all cores, and gives the results as a channel. Inputs and results are copied.
 *
 * It is lazy: nothing is read or started before somebody waits for a result. It reads no more than 2 x `concurrency` x 256 inputs ahead of the consumer, and 2 x `concurrency` when a call takes longer than a
 * millisecond or two. A batch of several inputs is one call after the other on one core, so it counts as one call under way.
 *
 * The first error, of a call, of the input, of `onProgress` or of the context, stops it: nothing more is read or called, what runs ends, and then the consumer's wait throws. Results that had not been received are
 * dropped. Leaving a `for await` stops it, too. In each case the input's `return()` is called.
 *
 * @param fn - a portable function of one argument
 * @param inputs - an array, Set, generator …, an async iterable, or a channel; its `length` or `size` is the total for `onProgress`
 * @throws NotPortableError (`GORT_NOT_PORTABLE`), InvalidOptionError (`GORT_INVALID_OPTION`), InvalidNumberError (`GORT_INVALID_NUMBER`), NotAFunctionError (`GORT_NOT_A_FUNCTION`), InvalidContextError
 * (`GORT_INVALID_CONTEXT`), at the call
 * @example
 * ```ts
 * export const square = portable(function* square(n: number): Goroutine<number> { return n * n; });
 * console.log(await parallelMap(square, [1, 2, 3]).toArray()); // [1, 4, 9]
 * ```
 */
export function parallelMap<T, R>(
  fn: (input: T) => Goroutine<R>,
  inputs: ParallelMapInputs<T>,
  options?: ParallelMapOptions,
): ParallelMap<R>;
export function parallelMap<T, R>(
  fn: (input: T) => PromiseLike<R>,
  inputs: ParallelMapInputs<T>,
  options?: ParallelMapOptions,
): ParallelMap<R>;
export function parallelMap<T, R>(
  fn: (input: T) => R extends Generator<unknown, unknown, unknown> ? never : R,
  inputs: ParallelMapInputs<T>,
  options?: ParallelMapOptions,
): ParallelMap<R>;
export function parallelMap(
  fn: (input: never) => unknown,
  inputs: unknown,
  options: ParallelMapOptions = {},
): ParallelMap<unknown> {
  checkFunction("parallelMap", fn);
  const entry = entryOf(fn);
  if (entry === undefined) throw notPortable(`parallelMap: ${describe(fn)} is no portable function:`);
  checkOptions(options);
  const { concurrency = usualConcurrency(), ordered = true, ctx, onProgress } = options;
  return new MapChan<unknown>(
    { entry, inputs, concurrency, ordered, ctx, onProgress },
    maker(parallelMap as never),
  );
}

function checkOptions(options: ParallelMapOptions): void {
  if (typeof options !== "object" || options === null)
    throw new InvalidOptionError(`parallelMap: the options are an object, got ${describe(options)}`);
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name))
      throw new InvalidOptionError(`parallelMap: there is no option "${name}" (${[...OPTIONS].join(", ")})`);
  }
  const { concurrency, ordered, ctx, onProgress } = options;
  if (concurrency !== undefined) checkAmount("parallelMap: concurrency", concurrency, 1);
  if (ordered !== undefined && typeof ordered !== "boolean")
    throw new InvalidOptionError(`parallelMap: ordered is a boolean, got ${describe(ordered)}`);
  if (onProgress !== undefined) checkFunction("parallelMap: onProgress", onProgress);
  if (ctx !== undefined && (typeof ctx !== "object" || ctx === null || typeof ctx.done !== "function"))
    throw new InvalidContextError(`parallelMap: ctx is no context, but ${describe(ctx)}`);
}
