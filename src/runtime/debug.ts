/**
 * GORT_DEBUG: switches for people who look for a mistake, in Go's form: a list with commas, `ops` or `name=value`.
 *
 * Read once, when the first switch is asked for. Words that nobody knows are ignored, as GODEBUG does: a newer gort may know them.
 *
 *   ops            report operations that were made and never waited for (op-tracking.ts)
 *   stuck=MS       look every so many milliseconds for goroutines that wait for each other (stuck-watch.ts)
 *   leak=MS        the same for goroutines that can never wake, with a garbage collection each time
 *   longslice=MS   name goroutines that hold their processor for so many milliseconds (long-slice.ts)
 *   schedtrace=MS  print a line about the scheduler each so many milliseconds (parallel/sysmon.ts)
 *   scheddetail=1  with schedtrace: also one for each processor, thread and goroutine
 *   sigquit        print all goroutines on SIGQUIT, and end; sigquit=continue: and go on; sigquit=off: not even under the command (quit.ts)
 *
 * Go: runtime/runtime1.go (parsedebugvars).
 */
let switches: Map<string, string> | null = null;

/** The value of a switch: "" for a word alone, undefined when it is not set. Of two of a name the last one counts. */
export function debugSwitch(name: string): string | undefined {
  switches ??= parseSwitches(process.env["GORT_DEBUG"] ?? "");
  return switches.get(name);
}

/** Takes the list apart; blanks around names and values do not count. */
export function parseSwitches(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const name = (at < 0 ? part : part.slice(0, at)).trim();
    if (name !== "") found.set(name, at < 0 ? "" : part.slice(at + 1).trim());
  }
  return found;
}
