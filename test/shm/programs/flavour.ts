/** Says whether this thread's atomic operations are the delayed ones, and whether gort is read from the bundle. */
import { load } from "#src/shm/atomic.ts";
import { done, join } from "../crew.ts";

join();
done({ delayed: load !== Atomics.load });
