/** Takes blocks and gives their references. */
import { alloc } from "#src/shm/slab.ts";
import { done, join } from "../crew.ts";

const { data } = join<{ bytes: number; count: number }>();
done(Array.from({ length: data.count }, () => alloc(data.bytes)));
