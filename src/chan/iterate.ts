/**
 * `for await (const value of ch)`: receiving in async code. Go: for v := range ch.
 */
import type { RecvChan } from "./types.ts";

/** Leaving the loop early leaves no waiter: a receive is only begun when the loop asks for one. */
export function iterate<T>(ch: RecvChan<T>): AsyncIterator<T> {
  return {
    async next(): Promise<IteratorResult<T>> {
      const [value, ok] = await ch.recvOk();
      return ok ? { done: false, value } : { done: true, value: undefined };
    },
    async return(): Promise<IteratorResult<T>> {
      return { done: true, value: undefined };
    },
  };
}
