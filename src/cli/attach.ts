/**
 * A program under `gort run` can be looked at without having been started for it: `gort top PID` leaves a question beside its file and sends
 * SIGUSR2, and the program starts its observer.
 *
 *   1. A SIGUSR2 without a question does what it does in every other program: it ends the process (nodemon relies on that).
 *   2. A program that listens to SIGUSR2 itself has it for itself alone; its file says so, so that nobody asks.
 *   3. The signal is listened to before the file is there: whoever sees the file may send it.
 *
 * A main thread that computes does not hear of it: Node tells of signals in the event loop. Windows has no such signal.
 */
import { rmSync } from "node:fs";
import { constants } from "node:os";
import { now } from "../runtime/kernel.ts";
import { askFile, present } from "../runtime/presence.ts";

const SIGNAL = "SIGUSR2";
const OWN_LISTENER = "it listens to SIGUSR2 itself";
/** Two that ask at once leave one question, and send two signals. */
const SAME_QUESTION_MS = 60_000;

let askedAt = Number.NEGATIVE_INFINITY;

/** From here on `gort top` finds this process. Takes about a fifth of a millisecond. */
export function letAttach(): void {
  if (!(SIGNAL in constants.signals)) {
    present({ deaf: "this system has no signals to ask it by" });
    return;
  }
  process.on(SIGNAL, asked);
  process.on("newListener", (name: string | symbol) => {
    if (name === SIGNAL && process.listenerCount(SIGNAL) === 1) present({ deaf: OWN_LISTENER });
  });
  process.on("removeListener", (name: string | symbol) => {
    if (name === SIGNAL && process.listenerCount(SIGNAL) === 1) present({ deaf: null });
  });
  present({ deaf: null });
}

function asked(): void {
  if (process.listenerCount(SIGNAL) > 1) return;
  try {
    rmSync(askFile(process.pid));
  } catch {
    if (now() - askedAt < SAME_QUESTION_MS) return;
    process.off(SIGNAL, asked);
    process.kill(process.pid, SIGNAL);
    return;
  }
  askedAt = now();
  void serve();
}

let served: Promise<void> | undefined;

function serve(): Promise<void> {
  served ??= startServing();
  return served;
}

async function startServing(): Promise<void> {
  try {
    const { startObserver } = await import("../web/serve.ts");
    const { url } = await startObserver({});
    present({ url });
  } catch (error) {
    served = undefined;
    present({ deaf: `its observer did not start: ${(error as Error).message}` });
  }
}
