/**
 * range: receiving until the channel is closed and drained.
 *
 * A plain `for…of` cannot wait, so the loop asks a cursor: `next()` receives, and says whether there was a value. A loop that is left early takes
 * nothing more, and somebody else can go on with the same channel. In async code the loop is `for await`.
 */
import { chan, type Goroutine, go, type RecvChan, range, type SendChan } from "gort";

function* deal(cards: string, table: SendChan<string>): Goroutine {
  for (const card of cards) yield* table.send(card);
  table.close(); // without it the last loop below would wait for ever
}

async function takeRest(table: RecvChan<string>): Promise<string[]> {
  const taken: string[] = [];
  for await (const card of table) taken.push(card);
  return taken;
}

export function* main(): Goroutine {
  const table = chan<string>();
  go(deal, "79Q85", table);

  for (const card = range(table); yield* card.next(); ) {
    console.log(`a ${card.value}`);
    if (card.value === "Q") break;
  }
  console.log(`left: ${yield* go(takeRest, table)}`);

  for (const card = range(table); yield* card.next(); ) console.log("never: the channel is drained");
}

// Output:
// a 7
// a 9
// a Q
// left: 8,5
