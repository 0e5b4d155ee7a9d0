/**
 * goexit(): ends the running goroutine from any depth of plain calls.
 *
 * A plain function can only leave its callers by throwing, so goexit throws a private signal: finally blocks run, and a catch
 * block that swallows the signal ends at the goroutine's next operation. There the scheduler ends the generator with return(), which
 * runs finally blocks and no catch blocks.
 *
 * A finally block may wait for operations itself, as Go's deferred functions may, and it shall not be cut off. So at an operation of a
 * goroutine that is exiting the question is: does one of its frames stand in a finally block? No API tells; the source does, at the
 * positions that the stack names (exit-scan.ts). It costs a file read, for goroutines that exit and then wait, and for nobody else. Where there is no
 * source to read, the operation goes ahead, and a second goexit() shows that the first was swallowed.
 *
 * Go: runtime/panic.go (Goexit).
 */
import { NotInGoroutineError } from "../base/errors.ts";
import { standsInFinally } from "./exit-scan.ts";
import { captureStack } from "./frames.ts";
import type { Go } from "./goroutine.ts";
import { probe } from "./operation.ts";
import { p, ready } from "./processor.ts";
import { G } from "./status.ts";

class ExitSignal {
  toString(): string {
    return "this goroutine called goexit(); rethrow what you do not know";
  }
}

const signal = new ExitSignal();

export function isExitSignal(error: unknown): boolean {
  return error === signal;
}

/**
 * Ends the running goroutine: its finally blocks run, and whoever waits for its handle gets `undefined`.
 *
 * A catch block cannot keep the goroutine alive: it ends at its next operation. Of the main goroutine: the others run on.
 *
 * @throws NotInGoroutineError (`GORT_NOT_IN_GOROUTINE`) outside a goroutine's own code
 *
 * Go: runtime.Goexit.
 */
export function goexit(): never {
  const g = p.current as Go;
  if (g.state !== G.running && g.state !== G.exiting) {
    throw new NotInGoroutineError("goexit() ends the running goroutine, and no goroutine runs here");
  }
  if (g.exiting) g.cut();
  else g.beginExit();
  throw signal;
}

/** At an operation of an exiting goroutine: whether it may go ahead. If not, the goroutine is queued to be ended here. */
probe.exiting = () => {
  const g = p.current as Go;
  if (!g.isCut && standsInFinally(captureStack().stack)) return true;
  g.cut();
  ready(g);
  return false;
};
