/** For tests that start a function of crossing-work.ts twice, so that one of the two runs on the other core. */
import assert from "node:assert/strict";
import type { Goroutine, Handle } from "gort";
import { newWords, signalled, type Words } from "./crossing-work.ts";

/** What the one of two that is on the other core gives. */
export function* far<R>(both: readonly Handle<R | null>[]): Goroutine<R> {
  let result: R | null = null;
  for (const g of both) result = (yield* g) ?? result;
  assert.notEqual(result, null);
  return result as R;
}

/** Starts one on each core, and goes on when the far one has signalled. */
export function* started<R>(start: (words: Words) => Handle<R | null>): Goroutine<Handle<R | null>[]> {
  const words = newWords();
  const both = [start(words), start(words)];
  yield* signalled(words, 1);
  return both;
}
