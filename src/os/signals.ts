/**
 * Which signals can be listened to, and which of those "all" means.
 *
 *   never        SIGKILL, SIGSTOP: no process can catch them.
 *   faults       SIGSEGV and its like come from the instruction that is being executed. A listener is called later, from the event loop; the
 *                instruction would fault again before that, for ever: a process that hangs where it should end. V8 has a handler of its own for SIGSEGV
 *                (WebAssembly), too, which a listener would throw out for good.
 *   the host's   are in use by Node and libuv: a listener may be put beside, but nobody means them who asks for all.
 *                SIGCHLD comes with each child process that ends, SIGPROF many times a second while a profiler runs, SIGPIPE and SIGXFSZ
 *                with writes that report their error anyway, and SIGUSR1 starts the inspector unless somebody listens.
 *
 * What the system has is asked of `os.constants`. Signals with two names (SIGABRT and SIGIOT, SIGIO and SIGPOLL) are one.
 *
 * Go: runtime/sigtab_linux_generic.go. Differs: Go has a handler of its own for each signal, so it relays a fault that another process sent, and "all" is all.
 */
import { constants } from "node:os";
import { describe, InvalidSignalError } from "../base/errors.ts";

const NEVER: ReadonlySet<string> = new Set(["SIGKILL", "SIGSTOP"]);
/** Go's table has the same ones as panics and throws that a program is not notified of. */
const FAULTS: ReadonlySet<string> = new Set([
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGSEGV",
  "SIGSTKFLT",
  "SIGSYS",
  "SIGTRAP",
]);
/** What libuv leaves behind when a listener goes is the system's default; these had something else before. */
const UNRESTORED: ReadonlySet<string> = new Set(["SIGPIPE", "SIGUSR1", "SIGXFSZ"]);
const OF_THE_HOST: ReadonlySet<string> = new Set([...UNRESTORED, "SIGCHLD", "SIGPROF"]);

/**
 * Whether a listener for `name` must stay for ever. Node ignores SIGPIPE and SIGXFSZ, and starts the inspector on SIGUSR1; without the
 * last listener each of them would end the process. A listener that does nothing is what comes closest to before.
 */
export function mustStay(name: NodeJS.Signals): boolean {
  return UNRESTORED.has(name);
}

/** The signals that `names` means, each once: all of them are good, or it throws. None given: all but the faults and the host's own. */
export function checkSignals(names: readonly unknown[]): NodeJS.Signals[] {
  if (names.length > 0) return once(names.map(check));
  const all = Object.keys(constants.signals) as NodeJS.Signals[];
  return once(all.filter((name) => !NEVER.has(name) && !FAULTS.has(name) && !OF_THE_HOST.has(name)));
}

function check(name: unknown): NodeJS.Signals {
  if (typeof name !== "string" || !Object.hasOwn(constants.signals, name)) {
    const meant = typeof name === "string" ? guess(name.toUpperCase()) : undefined;
    const advice = meant === undefined ? "such as SIGINT or SIGTERM" : `such as ${meant}`;
    throw new InvalidSignalError(
      `notify needs names of this system's signals, ${advice}; got ${describe(name)}`,
    );
  }
  if (NEVER.has(name)) throw new InvalidSignalError(`notify: no process can catch ${name}`);
  if (FAULTS.has(name)) {
    throw new InvalidSignalError(
      `notify: ${name} is a fault of the process itself; with a listener it would hang there instead of ending`,
    );
  }
  return name as NodeJS.Signals;
}

function guess(name: string): string | undefined {
  return [name, `SIG${name}`].find((one) => Object.hasOwn(constants.signals, one));
}

/** Each signal under its first name. */
function once(names: readonly NodeJS.Signals[]): NodeJS.Signals[] {
  const seen = new Set<number>();
  return names.filter((name) => {
    const number = constants.signals[name];
    return !seen.has(number) && seen.add(number);
  });
}
