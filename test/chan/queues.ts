/** Looking into channels from outside: who stands in a queue, and what always holds. */
import assert from "node:assert/strict";
import type { RecvChan } from "gort";
import type { Waiting } from "#src/base/waitq.ts";
import { SharedChannel } from "#src/chan/flavors/shared.ts";
import { Hchan } from "#src/chan/hchan.ts";
import { memoryOf, type Ref, wordOf } from "#src/shm/region.ts";
import { CHANNEL } from "#src/shm/shared-ring.ts";
import { LIST, WAIT } from "#src/shm/wait.ts";

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
  if (ch instanceof SharedChannel) return [inLine(ch, CHANNEL.sendq), inLine(ch, CHANNEL.recvq)];
  assert.ok(ch instanceof Hchan);
  return [members(ch.sendq).length, members(ch.recvq).length];
}

/** How many stand in a list of a shared channel; its links and its count agree. */
function inLine(ch: SharedChannel<unknown>, list: number): number {
  const { words, at } = ch.queue;
  let count = 0;
  let last = 0;
  for (let ref = words[at + list + LIST.first] as Ref; ref !== 0; count++) {
    const record = memoryOf(ref).words;
    assert.equal(record[wordOf(ref) + WAIT.before], last, "a record's predecessor");
    assert.equal(record[wordOf(ref) + WAIT.list], list, "a record knows its list");
    last = ref;
    ref = record[wordOf(ref) + WAIT.behind] as Ref;
  }
  assert.equal(words[at + list + LIST.last], last, "the last of a list");
  assert.equal(words[at + list + LIST.count], count, "the count of a list");
  return count;
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
