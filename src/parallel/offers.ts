/**
 * Which of this machine's unstarted portable goroutines others can take: those in its run queue in shared memory, and behind them those for which there is no room there (the backlog).
 *
 * Invariant: first those in the run queue, then the backlog, and each in the order of the machine's own queue.
 */
import { Ring } from "../base/ring.ts";
import { memoryOf, type Ref, wordOf } from "../shm/region.ts";
import { here } from "./machine.ts";
import { R, Stage } from "./records.ts";

/** Where a task is on its way to its beginning: see task.ts. */
export const Turn = { copied: 0, held: 1, listed: 2, offered: 3, taken: 4, begun: 5, away: 6 } as const;

export interface Offerable {
  turn: number;
  position: number;
  readonly record: Ref;
}

/** Who is told that there is one more. Set by idle.ts. */
export const published: { wake: () => void } = { wake: () => {} };

const backlog = new Ring<Offerable>();

/** Lets others have a task of this machine's; it is behind all that were offered before. The caller then tells ({@link published}). */
export function offer(task: Offerable): void {
  if (backlog.size > 0 || !here.queue.hasRoom) {
    task.turn = Turn.listed;
    backlog.push(task);
  } else {
    put(task);
  }
}

/** Others have taken some: there may be room for more. */
export function offerMore(): void {
  while (backlog.size > 0 && here.queue.hasRoom) put(backlog.shift() as Offerable);
}

function put(task: Offerable): void {
  const { words } = memoryOf(task.record);
  words[wordOf(task.record) + R.stage] = Stage.offered;
  task.turn = Turn.offered;
  task.position = here.queue.put(task.record);
}

/** The oldest of the backlog begins here. */
export function shiftBacklog(): void {
  backlog.shift();
}
