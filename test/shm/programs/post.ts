/** Posts `messages` messages to machine 0: word 2 is who posted, word 3 the number. */
import { KIND, post } from "#src/shm/inbox.ts";
import { ring } from "#src/shm/note.ts";
import { memoryOf, wordOf } from "#src/shm/region.ts";
import { alloc } from "#src/shm/slab.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<{ messages: number }>();
gate();
for (let i = 0; i < data.messages; i++) {
  const message = alloc(64);
  const { words } = memoryOf(message);
  const at = wordOf(message);
  words[at + KIND] = 1;
  words[at + 2] = machine;
  words[at + 3] = i;
  post(0, message);
  ring(0);
}
done({ sent: data.messages });
