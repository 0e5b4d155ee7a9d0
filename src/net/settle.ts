/**
 * The end of a wait for the network: the operation has left its queue, and whoever waits for it goes on.
 */
import { leaveHost } from "../runtime/kernel.ts";
import { fail, fulfil, type Operation } from "../runtime/operation.ts";

/** With its value, or with `error`. */
export function settle(op: Operation<unknown>, error: unknown = null): void {
  leaveHost();
  if (error === null) {
    fulfil(op);
  } else {
    op.value = error;
    fail(op);
  }
}
