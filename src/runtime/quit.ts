/**
 * SIGQUIT (Ctrl-\ in a terminal): prints all goroutines of all cores, and ends the process with code 2.
 *
 * The command listens for it; any other program does with GORT_DEBUG=sigquit. With GORT_DEBUG=sigquit=continue the program goes on, as Java's do. A program that listens to the signal itself has it for itself alone.
 *
 * It is written page by page, so that a dump of very many goroutines does not have to be in memory at once, and, where the program goes on, so that goroutines, timers and sockets are served in between.
 *
 * A main thread that computes does not hear of signals: Node tells of them in the event loop. One that never stops computing cannot be ended by SIGQUIT then; GORT_DEBUG=sigquit=off leaves the signal to the system.
 *
 * Go: runtime/signal_unix.go (sighandler), whose first line and exit code these are. Differs: no registers, and no program counter.
 */
import { constants } from "node:os";
import { debugSwitch } from "./debug.ts";
import { EXIT_PANIC, ending, printError } from "./exit.ts";
import { allPages, waitsOutside } from "./snapshot.ts";
import { pageText, restTexts } from "./traceback.ts";

/** Goroutines that are looked at before others may run: about a millisecond. */
const CHUNK = 100;

let isWatched = false;
let isPrinting = false;

/** From here on the process prints its goroutines on SIGQUIT. Where the system has no such signal nothing happens. */
export function watchQuit(): void {
  if (isWatched || debugSwitch("sigquit") === "off" || !("SIGQUIT" in constants.signals)) return;
  isWatched = true;
  process.on("SIGQUIT", quit);
}

/** The switch is set: `sigquit`, `sigquit=continue`. */
export function isQuitSwitched(): boolean {
  return debugSwitch("sigquit") !== undefined;
}

function quit(): void {
  if (process.listenerCount("SIGQUIT") > 1) return;
  if (debugSwitch("sigquit") === "continue") {
    if (!isPrinting) printInTurns();
    return;
  }
  ending.before();
  for (const text of texts()) printError(text);
  ending.exit(EXIT_PANIC);
}

function printInTurns(): void {
  isPrinting = true;
  const rest = texts();
  const print = (): void => {
    const { done, value } = rest.next();
    if (done) {
      isPrinting = false;
      return;
    }
    printError(value);
    setImmediate(print);
  };
  print();
}

/** The report in parts, each of which ends a line. */
function* texts(): Generator<string> {
  yield "SIGQUIT: quit\n";
  for (const page of allPages(CHUNK)) {
    const text = pageText(page);
    if (text !== "") yield `\n${text}`;
  }
  for (const text of restTexts(0, [], waitsOutside())) yield `\n${text}`;
}
