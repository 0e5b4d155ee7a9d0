/** To sleep as a machine does, in both ways. A wake-up that does not come in ten seconds is lost: nothing here lasts so long. */
import { futexWait, futexWaitAsync } from "#src/shm/atomic.ts";
import { MACHINE, machineAt } from "#src/shm/layout.ts";
import { getUp, lieDown } from "#src/shm/note.ts";
import { home } from "#src/shm/region.ts";

const LOST_MS = 10_000;

/** Sleeps unless there is something; says whether it did. */
export function sleepSync(machine: number, isThere: () => boolean): boolean {
  const seen = lieDown(machine);
  const sleeps = !isThere();
  if (sleeps) {
    const how = futexWait(home().words, machineAt(machine) + MACHINE.bell, seen, LOST_MS);
    if (how === "timed-out") throw new Error(`machine ${machine} was not woken`);
  }
  getUp(machine);
  return sleeps;
}

export async function sleepAsync(machine: number, isThere: () => boolean): Promise<boolean> {
  const seen = lieDown(machine);
  const sleeps = !isThere();
  if (sleeps) {
    const waiting = futexWaitAsync(home().words, machineAt(machine) + MACHINE.bell, seen);
    if (waiting.async) {
      let alarm: ReturnType<typeof setTimeout> | undefined;
      const lost = new Promise<string>((resolve) => {
        alarm = setTimeout(resolve, LOST_MS, "lost");
      });
      const how = await Promise.race([waiting.value, lost]);
      clearTimeout(alarm);
      if (how === "lost") throw new Error(`machine ${machine} was not woken`);
    }
  }
  getUp(machine);
  return sleeps;
}
