/**
 * The other cores, as one core sees them.
 *
 * The layer `parallel` implements this; alone, a thread has the null one, and the one-core library is whole without it.
 * `runtime` never imports `parallel`.
 */
import type { Parkable } from "./processor.ts";

export interface Remote {
  /** The number of this thread's processor. */
  readonly procId: number;
  /** The oldest goroutine of the queue that all processors share. */
  takeGlobal(): Parkable | undefined;
  /** Wake-ups and results that other cores sent; true when they made something runnable here. */
  readMail(): boolean;
  /** Half of another processor's unstarted goroutines; the first of them. */
  steal(): Parkable | undefined;
}

export const nullRemote: Remote = {
  procId: 0,
  takeGlobal: () => undefined,
  readMail: () => false,
  steal: () => undefined,
};

export const cores: { remote: Remote } = { remote: nullRemote };
