/** Puts machines into the idle mask and takes some out, all over the same word; counts what it was told. */
import { HOME } from "#src/shm/layout.ts";
import { anyOf, exclude, include } from "#src/shm/mask.ts";
import { home } from "#src/shm/region.ts";
import { done, gate, join } from "../crew.ts";

const { machine, data } = join<{ rounds: number }>();
const { words } = home();
let put = 0;
let taken = 0;
gate();
for (let i = 0; i < data.rounds; i++) {
  if (include(words, HOME.idle, (i * 7 + machine) & 31)) put++;
  const one = anyOf(words, HOME.idle, i & 31, 32);
  if (one >= 0 && exclude(words, HOME.idle, one)) taken++;
}
done({ put, taken });
