/**
 * The goroutines of other machines as text: asked for by message, answered in shared memory.
 *
 * Whoever asks sleeps until all have answered, at most {@link PATIENCE_MS}: a machine that computes does not read its mail, and is named in the text.
 */
import { ownStacks } from "../runtime/traceback.ts";
import { futexWait, futexWake, load, store } from "../shm/atomic.ts";
import { LIFE, MACHINE } from "../shm/layout.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { alloc, free, LARGEST } from "../shm/slab.ts";
import { machineCount, wordOfMachine } from "./machine.ts";
import { Order, onOrder, tell } from "./orders.ts";

const PATIENCE_MS = 250;

/** Of an answer: whether it is there, its length in letters, its text. */
const ANSWERED = 0;
const LENGTH = 1;
const TEXT = 2;
const ANSWER_BYTES = 64;

/** The stacks of all other machines' goroutines. */
export function otherStacks(): string[] {
  const asked: { machine: number; answer: Ref }[] = [];
  for (let i = machineCount() - 1; i >= 0; i--) {
    if (i === self.machine || wordOfMachine(i, MACHINE.life) !== LIFE.alive) continue;
    const answer = alloc(ANSWER_BYTES);
    memoryOf(answer).words[wordOf(answer)] = 0;
    asked.push({ machine: i, answer });
    tell(i, Order.dump, answer);
  }
  const texts: string[] = [];
  for (const { machine, answer } of asked) {
    const { words } = memoryOf(answer);
    const at = wordOf(answer);
    if (load(words, at + ANSWERED) === 0) futexWait(words, at + ANSWERED, 0, PATIENCE_MS);
    if (load(words, at + ANSWERED) === 0) {
      // Its answer is still to come, into memory that is then nobody's: a block that is not used again.
      texts.push(`processor ${machine} computes and does not answer\n`);
      continue;
    }
    const ref = words[at + TEXT] as Ref;
    if (ref !== 0) {
      const memory = memoryOf(ref);
      const start = wordOf(ref) * 4;
      texts.push(memory.bytes.toString("utf16le", start, start + (words[at + LENGTH] as number) * 2));
      free(ref);
    }
    free(answer);
  }
  return texts;
}

onOrder(Order.dump, (answer) => {
  const text = ownStacks().slice(0, LARGEST >>> 1);
  const { words } = memoryOf(answer);
  const at = wordOf(answer);
  let ref = 0;
  if (text !== "") {
    ref = alloc(text.length * 2);
    const memory = memoryOf(ref);
    memory.bytes.write(text, wordOf(ref) * 4, "utf16le");
  }
  words[at + LENGTH] = text.length;
  words[at + TEXT] = ref;
  store(words, at + ANSWERED, 1);
  futexWake(words, at + ANSWERED);
});
