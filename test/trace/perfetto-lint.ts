/**
 * The rules of Perfetto's importer for JSON, as far as breaking them loses or spoils events: what is wrong with a file, one line each.
 *
 * Perfetto sorts by time, and at the same time by place in the file; so does this.
 */
type Json = Readonly<Record<string, unknown>>;

interface Placed {
  readonly event: Json;
  readonly place: number;
  /** In nanoseconds, as Perfetto has it: a whole number. */
  readonly ts: number;
  readonly lane: string;
}

const TIMED = new Set(["X", "B", "E", "b", "e", "n", "i", "I", "R", "C", "s", "t", "f", "T"]);
const SAID_AT_MOST = 50;

/** What is wrong; nothing, if the list is empty. */
export function lintPerfetto(text: string): string[] {
  const wrong: string[] = [];
  const say = (place: number, what: string): void => {
    if (wrong.length < SAID_AT_MOST) wrong.push(`event ${place}: ${what}`);
  };
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return [`not JSON: ${(error as Error).message}`];
  }
  const events = Array.isArray(file) ? file : (file as Json | null)?.["traceEvents"];
  if (!Array.isArray(events)) return ["no traceEvents"];
  if (!Array.isArray(file) && "stackFrames" in (file as object)) say(-1, "stackFrames are ignored");
  const timed: Placed[] = [];
  for (const [place, event] of (events as Json[]).entries()) {
    const { ph, pid, tid, ts } = event;
    if (ph === "M") checkName(event, (what) => say(place, what));
    else if (!TIMED.has(ph as string)) say(place, `phase ${JSON.stringify(ph)} is not known`);
    else if (!isTime(ts)) say(place, `ts is ${JSON.stringify(ts)}`);
    else timed.push({ event, place, ts: nanoseconds(ts), lane: `${pid}/${tid}` });
    if (!Number.isInteger(pid)) say(place, `pid is ${JSON.stringify(pid)}`);
    if (ph !== "C" && !Number.isInteger(tid)) say(place, `tid is ${JSON.stringify(tid)}`);
    if (tid === 0 && pid !== 0) say(place, "tid 0 becomes the tid of its process");
    if ("sf" in event || "esf" in event) say(place, "sf and esf are ignored");
    if ((ph === "X" || ph === "T") && !isTime(event["dur"]))
      say(place, `dur is ${JSON.stringify(event["dur"])}`);
    if (ph !== "E" && ph !== "M" && typeof event["name"] !== "string") say(place, "no name");
  }
  timed.sort((one, other) => one.ts - other.ts || one.place - other.place);
  checkSlices(timed, say);
  checkStates(timed, say);
  checkAsync(timed, say);
  checkCounters(timed, say);
  return wrong;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function nanoseconds(microseconds: number): number {
  return Math.round(microseconds * 1000);
}

function checkName({ name, args }: Json, say: (what: string) => void): void {
  const value = args as Json | undefined;
  if (name === "process_name" || name === "thread_name") {
    if (typeof value?.["name"] !== "string" || value["name"] === "") say(`${name} has no args.name`);
  } else if (name === "process_sort_index" || name === "thread_sort_index") {
    if (!Number.isInteger(value?.["sort_index"])) say(`${name} has no args.sort_index`);
  } else say(`metadata ${JSON.stringify(name)} is not known`);
}

type Say = (place: number, what: string) => void;

/** X, B and E of a lane nest; s, t and f stand in one of its slices; each f has its s before it. */
function checkSlices(timed: readonly Placed[], say: Say): void {
  const open = new Map<string, { until: number; name: unknown }[]>();
  const begun = new Map<string, number>();
  for (const { event, place, ts, lane } of timed) {
    let stack = open.get(lane);
    if (stack === undefined) open.set(lane, (stack = []));
    while (stack.length > 0 && (stack.at(-1) as { until: number }).until <= ts) stack.pop();
    const top = stack.at(-1);
    switch (event["ph"]) {
      case "X": {
        const until = ts + nanoseconds(event["dur"] as number);
        if (top !== undefined && until > top.until) say(place, "X overlaps the slice before it");
        stack.push({ until, name: event["name"] });
        break;
      }
      case "B":
        stack.push({ until: Number.POSITIVE_INFINITY, name: event["name"] });
        break;
      case "E":
        if (top === undefined || top.until !== Number.POSITIVE_INFINITY) say(place, "E without its B");
        else if (event["name"] !== undefined && event["name"] !== top.name) say(place, "E of another B");
        else stack.pop();
        break;
      case "s":
      case "t":
      case "f": {
        if (top === undefined) say(place, `flow ${event["ph"]} is in no slice`);
        checkId(event, place, say);
        const key = JSON.stringify([event["cat"], event["name"], event["id"]]);
        if (event["ph"] === "s") {
          if (begun.has(key)) say(place, "a flow of that id has begun");
          begun.set(key, place);
        } else if (!begun.has(key)) say(place, "a flow ends that has not begun");
        if (event["ph"] === "f") {
          begun.delete(key);
          if (event["bp"] !== "e") say(place, 'f without "bp":"e" goes to the next slice');
        }
      }
    }
  }
  for (const place of begun.values()) say(place, "a flow does not end");
  for (const [lane, stack] of open)
    if (stack.some(({ until }) => until === Number.POSITIVE_INFINITY)) say(-1, `B without its E on ${lane}`);
}

/** T of a goroutine do not overlap; those of a processor do not either. */
function checkStates(timed: readonly Placed[], say: Say): void {
  const until = new Map<string, number>();
  for (const { event, place, ts, lane } of timed) {
    if (event["ph"] !== "T") continue;
    const lanes = [lane];
    const { cpu } = (event["args"] ?? {}) as { cpu?: unknown };
    if (event["name"] === "Running" && cpu !== undefined) lanes.push(`cpu ${cpu}`);
    if (cpu !== undefined && !Number.isInteger(cpu)) say(place, `cpu is ${JSON.stringify(cpu)}`);
    for (const one of lanes) {
      if ((until.get(one) ?? 0) > ts) say(place, `T overlaps the one before on ${one}`);
      until.set(one, ts + nanoseconds(event["dur"] as number));
    }
  }
}

function checkAsync(timed: readonly Placed[], say: Say): void {
  const open = new Map<string, number>();
  for (const { event, place } of timed) {
    const { ph, cat, id, name, pid } = event;
    if (ph !== "b" && ph !== "e") continue;
    if (typeof cat !== "string") say(place, `${ph} without cat`);
    checkId(event, place, say);
    const key = JSON.stringify([pid, cat, id, name]);
    const count = open.get(key) ?? 0;
    if (ph === "e" && count === 0) say(place, "e without its b");
    open.set(key, count + (ph === "b" ? 1 : -1));
  }
  for (const [key, count] of open) if (count > 0) say(-1, `b without its e: ${key}`);
}

function checkId({ id, ph }: Json, place: number, say: Say): void {
  const fine = typeof id === "string" ? /^(0x)?[0-9a-f]+$/i.test(id) : Number.isInteger(id);
  if (!fine) say(place, `the id of ${ph} is ${JSON.stringify(id)}`);
}

function checkCounters(timed: readonly Placed[], say: Say): void {
  for (const { event, place } of timed) {
    if (event["ph"] !== "C") continue;
    const values = Object.values((event["args"] ?? {}) as object);
    if (values.length === 0) say(place, "a counter without a value");
    if (!values.every((value) => typeof value === "number" && value >= 0))
      say(place, "a counter's value is not a number from 0 on");
  }
}
