/** How a model's threads send on a shared channel: as SharedOperation does (runtime/shared-operation.ts). */
import { copyMessage } from "#src/shm/shared-message.ts";
import type { SharedQueue } from "#src/shm/shared-queue.ts";
import { Outcome } from "#src/shm/shared-ring.ts";
import { beginWait, endWait, Shared, tellServed, WAIT } from "#src/shm/wait.ts";
import { awaitServed, Waiting } from "./waiting.ts";

/** The message that a thread sends. */
export const scratch: Int32Array = new Int32Array(32);

/** Sends `item`, waiting if it must: what came of it. */
export function send(queue: SharedQueue, item: number): number {
  scratch[0] = 1;
  scratch[1] = item;
  const outcome = queue.send(scratch, 0);
  if (outcome !== Outcome.blocked) return outcome;
  const waiting = new Waiting();
  const record = beginWait(waiting, Shared.channel);
  copyMessage(scratch, 0, record.words, record.at + WAIT.message);
  let late = queue.enterSend(record, 0);
  tellServed();
  if (late === Outcome.blocked) {
    awaitServed(waiting);
    late = record.outcome;
  }
  endWait(record);
  return late;
}
