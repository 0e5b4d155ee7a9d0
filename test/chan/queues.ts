/** Looking into channels from outside: who stands in a queue, and what always holds. */
import assert from "node:assert/strict";
import type { RecvChan } from "gort";
import type { Waiting } from "#src/base/waitq.ts";
import { Hchan } from "#src/chan/hchan.ts";

/** Those who stand in a queue, in order. */
export function members<W extends Waiting<W>>(first: W | null): W[] {
  const found: W[] = [];
  for (let one = first; one !== null; one = one.behind) {
    if (found.length > 0 && one === first) break;
    found.push(one);
    assert.ok(found.length < 1e6, "the queue is a circle without its first one");
  }
  return found;
}

/** The lengths of a channel's queues: [senders, receivers]. */
export function queues(ch: RecvChan<unknown>): [senders: number, receivers: number] {
  assert.ok(ch instanceof Hchan);
  return [members(ch.sendq).length, members(ch.recvq).length];
}

/** I1 to I3 and I5 of hchan.ts; `onBothSides` is how many selects wait to send and to receive. */
export function checkInvariants(ch: RecvChan<unknown>, onBothSides = 0): void {
  const [senders, receivers] = queues(ch);
  assert.ok(
    senders === 0 || receivers === 0 || onBothSides > 0,
    `I1: ${senders} senders, ${receivers} receivers`,
  );
  assert.ok(ch.length === 0 || receivers === 0, `I2: ${ch.length} values, ${receivers} receivers`);
  assert.ok(
    ch.length === ch.capacity || senders === 0,
    `I3: ${ch.length} of ${ch.capacity}, ${senders} senders`,
  );
  assert.ok(
    !ch.closed || senders + receivers === 0,
    `I5: closed, ${senders} senders, ${receivers} receivers`,
  );
}
