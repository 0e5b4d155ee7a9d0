/**
 * What this thread waits for from a machine that has died.
 */
import { load } from "../shm/atomic.ts";
import { self } from "../shm/lock.ts";
import { memoryOf, wordOf } from "../shm/region.ts";
import { R, Stage } from "./records.ts";
import { tasks } from "./tokens.ts";

/** Of what was made here, `machine` had some: what had begun there has failed, the rest runs elsewhere. */
export function bereave(machine: number): void {
  for (const task of [...tasks()]) {
    if (task === undefined) continue;
    const { words } = memoryOf(task.record);
    const at = wordOf(task.record);
    const stage = load(words, at + R.stage);
    // What has ended is in this thread's mail.
    if (
      words[at + R.claimer] !== machine ||
      (stage !== Stage.taken && stage !== Stage.started && stage !== Stage.offered)
    )
      continue;
    words[at + R.claimer] = self.machine;
    task.bereave(stage === Stage.started);
  }
}
