/** Takes a lock and keeps it. */
import { lock } from "#src/shm/lock.ts";
import { home } from "#src/shm/region.ts";
import { gate, join } from "../crew.ts";

const { data } = join<{ at: number }>();
lock(home().words, data.at);
gate();
setInterval(() => {}, 1 << 30);
