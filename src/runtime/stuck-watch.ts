/**
 * GORT_DEBUG=stuck=MS and leak=MS: looks every so many milliseconds, and says on standard error what has not been said before.
 *
 *   gort: goroutines wait for each other: goroutine 5 waits for a sync.Mutex that goroutine 6 holds; goroutine 6 waits for a sync.Mutex that goroutine 5 holds
 *
 *   goroutine 5 [sync.Mutex.Lock]:
 *   …
 *
 * A cycle (not a suspicion) is also told on the diagnostics channel gort:deadlock. One that something in the program could still end is told when two looks in a row have found it. The looks keep no process alive.
 *
 * Go: nothing; GODEBUG=schedtrace is of this kind.
 */
import { debugSwitch } from "./debug.ts";
import { DEADLOCK, publishEvent } from "./diagnostics.ts";
import { type StuckGoroutine, stuck, type WaitCycle } from "./stuck.ts";
import { unreachable } from "./unreachable.ts";

const EVERY_MS = 1000;
/** A collection takes longer than a look. */
const COLLECT_EVERY_MS = 10_000;

const CANNOT = "gort: goroutines can never go on: ";
const MUTUAL = "gort: goroutines wait for each other: ";
const PERHAPS = "gort: goroutines perhaps wait for each other: ";

const told: Set<string> = new Set();
/** What the last look has found and not told. */
let seen: Set<string> = new Set();

function look(): void {
  const { cycles, suspicions } = stuck();
  const now = new Set<string>();
  for (const cycle of cycles) if (consider(cycle.permanent ? CANNOT : MUTUAL, cycle, now)) publish(cycle);
  for (const cycle of suspicions) consider(PERHAPS, cycle, now);
  seen = now;
}

/** Whether it is told now. */
function consider(prefix: string, cycle: WaitCycle, now: Set<string>): boolean {
  const line = `${prefix}${cycle.text}\n`;
  if (told.has(line)) return false;
  if (!cycle.permanent && !seen.has(line)) {
    now.add(line);
    return false;
  }
  told.add(line);
  process.stderr.write(`${line}${stacksText(cycle.goroutines)}`);
  return true;
}

function publish({ goroutines, text }: WaitCycle): void {
  const dump = goroutines.map(({ stack }) => stack).join("\n");
  publishEvent(DEADLOCK, () => ({ kind: "cycle", message: text, dump }));
}

async function collect(): Promise<void> {
  const found = await unreachable();
  if (found.length === 0) return;
  const ids = found.map(({ id }) => id).join(", ");
  process.stderr.write(
    `gort: goroutines can never wake, nothing refers to what they wait for: ${ids}\n${stacksText(found)}`,
  );
}

function stacksText(goroutines: readonly StuckGoroutine[]): string {
  return goroutines.map(({ stack }) => `\n${stack}`).join("");
}

function everyMs(text: string, usual: number): number {
  const ms = Number(text);
  return text !== "" && Number.isFinite(ms) && ms > 0 ? ms : usual;
}

function watch(name: string, usual: number, what: () => void): void {
  const text = debugSwitch(name);
  if (text !== undefined) setInterval(what, everyMs(text, usual)).unref();
}

watch("stuck", EVERY_MS, look);
watch("leak", COLLECT_EVERY_MS, () => void collect());
