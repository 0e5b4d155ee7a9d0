/**
 * Goroutines as text, in Go's grammar.
 *
 *   goroutine 5 [chan receive, 5 minutes]:
 *   worker(...)
 *   	/app/src/main.ts:6:11
 *   created by main in goroutine 1
 *   	/app/src/main.ts:14:3
 *
 * A parked goroutine's stack is got by resuming it once with a probe set: the operation at the bottom records the stack and parks again, no
 * line of the program runs, and the whole `yield*` chain is in it. So a stack costs nothing until somebody asks (about 13 µs then).
 *
 * Go: runtime/traceback.go (goroutineheader, printcreatedby). Differs: columns instead of program counters, no argument values; waiters
 * outside any goroutine are listed after the goroutines.
 */
import { externals } from "./external.ts";
import { captureStack, type Frame, frameText, positionText, userFrames } from "./frames.ts";
import { resume } from "./generator.ts";
import { allGoroutines, type Go } from "./goroutine.ts";
import { type Operation, probe } from "./operation.ts";
import { leave, p } from "./processor.ts";
import { cores } from "./remote.ts";
import { slice } from "./slice.ts";
import { G, statusWord } from "./status.ts";
import { reasonText } from "./wait-reason.ts";

/** Every goroutine: the running one first, then by number; then whoever waits outside. */
export function allStacks(): string {
  return [ownStacks(), ...withCreators(cores.remote.stacks()), ...externalTexts()]
    .filter((text) => text !== "")
    .join("\n");
}

/** The goroutines that run on this core. */
export function ownStacks(): string {
  const running = p.current.state === G.dead ? null : (p.current as Go);
  const rest = allGoroutines().filter((g) => g !== running && !cores.remote.isElsewhere(g));
  return (running === null ? rest : [running, ...rest]).map((g) => goroutineText(g, framesOf(g))).join("\n");
}

/** Another core knows where a goroutine is; who made it, and where, is known here. */
function withCreators(texts: readonly string[]): string[] {
  const blocks = texts.flatMap((text) =>
    text.split(/\n(?=goroutine \d+ \[)/).map((block) => `${block.trimEnd()}\n`),
  );
  for (const g of allGoroutines()) {
    if (!cores.remote.isElsewhere(g)) continue;
    const at = blocks.findIndex((block) => block.startsWith(`goroutine ${g.id} [`));
    if (at >= 0) blocks[at] += createdText(g);
    else blocks.push(goroutineText(g, []));
  }
  return blocks;
}

/** The running goroutine, or a line that says that none runs. */
export function currentStack(): string {
  if (p.current.state === G.dead) return "no goroutine is running here\n";
  const g = p.current as Go;
  return goroutineText(g, framesOf(g));
}

/** One goroutine with the frames of an error that it threw. */
export function panicText(g: Go, stack: unknown): string {
  return goroutineText(g, userFrames(stack), "running");
}

function goroutineText(g: Go, frames: Frame[], status: string = statusText(g)): string {
  return `goroutine ${g.id} [${status}]:\n${frames.map(frameText).join("")}${createdText(g)}`;
}

function statusText(g: Go): string {
  if (g.state !== G.waiting) return statusWord(g.state);
  const minutes = Math.floor((slice.secondsNow() - g.waitSince) / 60);
  const reason = reasonText(g.reason);
  return minutes >= 1 ? `${reason}, ${minutes} minutes` : reason;
}

/** Where a goroutine is: the program's frames, the innermost first. */
export function framesOf(g: Go): Frame[] {
  if (g === p.current) return userFrames(captureStack().stack);
  let stack: string | undefined;
  lookAt(g, () => {
    stack = captureStack().stack;
  });
  // What is below it is the stack of whoever asked.
  return userFrames(stack?.split(PROBED)[0]);
}

/** What a goroutine waits for; null for one that sleeps, or does not wait. */
export function operationOf(g: Go): Operation<unknown> | null {
  let found: Operation<unknown> | null = null;
  lookAt(g, (op) => {
    found = op;
  });
  return found;
}

/** Resumes a parked goroutine for nothing but a look from where it waits. */
function lookAt(g: Go, sink: (op: Operation<unknown> | null) => void): void {
  // One that is to be ended where it stands is in no queue, and its operation would not know a probe.
  if (g.body === null || g.body === g.fn || g.isCut) return;
  const { slot } = p;
  probe.sink = sink;
  try {
    // Nobody runs, so that a goroutine which has been woken does not take its result.
    leave();
    resumeProbed(g.body as Generator);
  } finally {
    probe.sink = null;
    p.slot = slot;
  }
}

const PROBED = "gort:probe";

function resumeProbed(body: Generator): void {
  resume.call(body);
}
// A name that no bundler shortens: it marks the end of a goroutine's own frames.
Object.defineProperty(resumeProbed, "name", { value: PROBED });

function createdText(g: Go): string {
  const { creator } = g;
  if (creator === null) return "";
  const by = g.parent === 0 ? "" : ` in goroutine ${g.parent}`;
  if (typeof creator === "function")
    return `created by ${creator.name === "" ? "<anonymous>" : creator.name}${by}\n`;
  const frame = userFrames(creator.stack)[0];
  return frame === undefined ? "" : `created by ${frame.fn}${by}\n\t${positionText(frame)}\n`;
}

function externalTexts(): string[] {
  return externals().map((external, i) => `external waiter ${i + 1} [${reasonText(external.op.reason)}]:\n`);
}
