/** Takes blocks of half a page and writes its reference at both ends of each. */
import { memoryOf, wordOf } from "#src/shm/region.ts";
import { alloc } from "#src/shm/slab.ts";
import { done, gate, join } from "../crew.ts";

const { data } = join<{ blocks: number }>();
gate();
const refs = Array.from({ length: data.blocks }, () => {
  const ref = alloc(32_768);
  const { words } = memoryOf(ref);
  words[wordOf(ref)] = ref;
  words[wordOf(ref) + (32_768 >>> 2) - 1] = ref;
  return ref;
});
done(refs);
