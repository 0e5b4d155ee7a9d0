/**
 * The goroutines of other machines as data: asked for by message, answered in shared memory, a page at a time.
 *
 * Whoever asks sleeps until all have answered, at most {@link PATIENCE_MS} for each: a machine that computes does not read its mail, and is said to be silent. Between
 * two pages a machine runs its goroutines, so that it is never kept from them for long.
 */
import { ownPageFrom, type Page, packPage, unpackPage } from "../runtime/snapshot.ts";
import { futexWait, futexWake, load, store } from "../shm/atomic.ts";
import { LIFE, MACHINE } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc, free } from "../shm/slab.ts";
import { machineCount, wordOfMachine } from "./machine.ts";
import { Order, onOrder, tell } from "./orders.ts";

const PATIENCE_MS = 250;

/** Of an answer: whether it is there, its length in bytes, its text, and where the next page begins (-1: there is none). */
const ANSWERED = 0;
const LENGTH = 1;
const TEXT = 2;
const NEXT = 3;
/** Of the question, in the same block: where the page begins, how many goroutines it has, and whether nobody will ask for another. */
const FROM = 4;
const SIZE = 5;
const IS_LAST = 6;
const ANSWER_BYTES = 64;

/** A machine that is being asked. */
interface Asked {
  readonly machine: number;
  answer: Ref;
  /** How many of its goroutines are here. */
  seen: number;
}

/** The goroutines of all other machines, `size` of each at a time and at most `most`. */
export function* otherGoroutines(size: number, most: number): Generator<Page> {
  let asked: Asked[] = [];
  for (let i = machineCount() - 1; i >= 0; i--) {
    if (i === self.machine || wordOfMachine(i, MACHINE.life) !== LIFE.alive) continue;
    const one = { machine: i, answer: 0, seen: 0 };
    ask(one, 0, size, most);
    asked.push(one);
  }
  while (asked.length > 0) {
    const further: Asked[] = [];
    const pages: Page[] = [];
    for (const one of asked) {
      const got = answerOf(one);
      if (got === null) {
        pages.push({ proc: one.machine, goroutines: [], left: 0, silent: true });
        continue;
      }
      one.seen += size;
      if (got.next >= 0 && one.seen < most) {
        ask(one, got.next, size, most);
        further.push(one);
      }
      pages.push(got.page);
    }
    asked = further;
    yield* pages;
  }
}

function ask(one: Asked, from: number, size: number, most: number): void {
  const answer = alloc(ANSWER_BYTES);
  const { words } = memoryOf(answer);
  const at = wordOf(answer);
  words[at + ANSWERED] = 0;
  words[at + FROM] = from;
  words[at + SIZE] = Math.min(size, most - one.seen);
  words[at + IS_LAST] = one.seen + size >= most ? 1 : 0;
  one.answer = answer;
  tell(one.machine, Order.dump, answer);
}

/** Waits for an answer; null when none comes. */
function answerOf({ answer }: Asked): { page: Page; next: number } | null {
  const { words } = memoryOf(answer);
  const at = wordOf(answer);
  if (load(words, at + ANSWERED) === 0) futexWait(words, at + ANSWERED, 0, PATIENCE_MS);
  // It may still come, into memory that is then nobody's: a block that is not used again.
  if (load(words, at + ANSWERED) === 0) return null;
  const ref = words[at + TEXT] as Ref;
  const memory = memoryOf(ref);
  const start = wordOf(ref) * 4;
  const page = unpackPage(memory.bytes.toString("utf8", start, start + (words[at + LENGTH] as number)));
  const next = words[at + NEXT] as number;
  free(ref);
  free(answer);
  return { page, next };
}

onOrder(Order.dump, (answer) => {
  const { words } = memoryOf(answer);
  const at = wordOf(answer);
  const { page, next } = ownPageFrom(
    words[at + FROM] as number,
    words[at + SIZE] as number,
    words[at + IS_LAST] === 1,
  );
  const text = Buffer.from(packPage(page));
  const ref = alloc(text.length);
  const memory = memoryOf(ref);
  memory.bytes.set(text, wordOf(ref) * 4);
  words[at + LENGTH] = text.length;
  words[at + TEXT] = ref;
  words[at + NEXT] = next;
  store(words, at + ANSWERED, 1);
  futexWake(words, at + ANSWERED);
});
