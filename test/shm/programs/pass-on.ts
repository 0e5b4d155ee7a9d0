/**
 * Takes blocks, marks all their words and posts them to the next machine of three, which looks at the marks and gives them back: so a thread frees what others took, and takes what others
 * freed. At most 200 are under way from one machine.
 */
import { load } from "#src/shm/atomic.ts";
import { KIND, onMail, post, readAll } from "#src/shm/inbox.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { home, memoryOf, wordOf } from "#src/shm/region.ts";
import { alloc, free, releaseCaches } from "#src/shm/slab.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<{ rounds: number }>();
const next = (machine % 3) + 1;
const { words: shared } = home();
const freed = (of: number): number => machineAt(of) + MACHINE.beat;
let sent = 0;

onMail[1] = (ref) => {
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  const length = words[at + 2] as number;
  const mark = words[at + 3] as number;
  for (let i = 4; i < length; i++) {
    if (words[at + i] !== mark) throw new Error(`a block of ${length} words was written over`);
  }
  free(ref);
  Atomics.add(shared, freed(machine), 1);
};

shared[freed(machine)] = 0;
gate();
while (sent < data.rounds) {
  if (sent - load(shared, freed(next)) >= 200) {
    readAll();
    continue;
  }
  const length = 16 << (sent & 3);
  const ref = alloc(length * 4);
  const { words } = memoryOf(ref);
  const at = wordOf(ref);
  words[at + KIND] = 1;
  words[at + 2] = length;
  words.fill((machine << 28) + sent, at + 3, at + length);
  post(next, ref);
  sent++;
  if (sent % 32 === 0) readAll();
}
while (load(shared, freed(machine)) < data.rounds) readAll();
releaseCaches();
done();
