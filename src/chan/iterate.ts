/**
 * `for await (const value of ch)`: receiving in async code. Go: for v := range ch.
 */
import type { RecvChan } from "./types.ts";

/** Leaving the loop early leaves no waiter: a receive is only begun when the loop asks for one. */
export function iterate<T>(ch: RecvChan<T>): AsyncIterator<T> {
  let over = false;
  return {
    async next(): Promise<IteratorResult<T>> {
      if (over) return { done: true, value: undefined };
      const [value, ok] = await ch.recvOk();
      if (ok) return { done: false, value };
      over = true;
      return { done: true, value: undefined };
    },
    async return(): Promise<IteratorResult<T>> {
      over = true;
      return { done: true, value: undefined };
    },
  };
}
