/**
 * Goroutines as text, in Go's grammar.
 *
 *   goroutine 5 [chan receive, 5 minutes]:
 *   worker(...)
 *   	/app/src/main.ts:6:11
 *   created by main in goroutine 1
 *   	/app/src/main.ts:14:3
 *
 * Go: runtime/traceback.go (goroutineheader, printcreatedby). Differs: columns instead of program counters, no argument values; waiters
 * outside any goroutine are listed after the goroutines; goroutines beyond a limit are counted, as Go counts frames.
 */
import { type Frame, frameText, positionText, userFrames } from "./frames.ts";
import type { Go } from "./goroutine.ts";
import { framesOf } from "./probe.ts";
import { p } from "./processor.ts";
import {
  type Creator,
  type Dump,
  dumpAll,
  ownPages,
  type Page,
  pictureOf,
  type Snapshot,
  snapshotOf,
} from "./snapshot.ts";
import { G } from "./status.ts";
import { reasonText } from "./wait-reason.ts";

/** Every goroutine, of each core at most so many: the running one first, then by number; then whoever waits outside. */
export function allStacks(most?: number): string {
  return dumpText(dumpAll(most));
}

/** A dump in Go's form. */
export function dumpText({ goroutines, elided, silent, outside }: Dump): string {
  return [...goroutines.map((one) => goroutineText(one)), ...restTexts(elided, silent, outside)].join("\n");
}

/** A page of it. */
export function pageText(page: Page): string {
  return [
    ...page.goroutines.map((one) => goroutineText(one)),
    ...restTexts(page.left, page.silent ? [page.proc] : [], []),
  ].join("\n");
}

/** What stands behind the goroutines. */
export function restTexts(elided: number, silent: readonly number[], outside: readonly string[]): string[] {
  return [
    ...(elided > 0 ? [`...${elided} goroutines elided...\n`] : []),
    ...silent.map((proc) => `processor ${proc} computes and does not answer\n`),
    ...outside.map((reason, i) => `external waiter ${i + 1} [${reason}]:\n`),
  ];
}

/** The goroutines that run on this core. */
export function ownStacks(): string {
  return [...ownPages()].map(pageText).join("\n");
}

/** The running goroutine, or a line that says that none runs. */
export function currentStack(): string {
  if (p.current.state === G.dead) return "no goroutine is running here\n";
  const g = p.current as Go;
  return goroutineText(snapshotOf(g, framesOf(g)));
}

/** One goroutine with the frames of an error that it threw. */
export function panicText(g: Go, stack: unknown): string {
  return goroutineText(snapshotOf(g, userFrames(stack), undefined, "running"));
}

/** One goroutine of this core that does not run. */
export function blockText(g: Go): string {
  return goroutineText(pictureOf(g));
}

function goroutineText(one: Snapshot): string {
  const minutes = Math.floor(one.waitedSeconds / 60);
  const status = statusText(one) + (minutes >= 1 ? `, ${minutes} minutes` : "");
  return `goroutine ${one.id} [${status}]:\n${framesText(one.stack)}${createdText(one.creator, one.parent)}`;
}

/** The word in brackets. */
export function statusText({ status, reason, leaked }: Snapshot): string {
  if (status !== "waiting") return status;
  return leaked ? `${reasonText(reason)} (leaked)` : reasonText(reason);
}

export function framesText(stack: readonly Frame[]): string {
  return stack.map(frameText).join("");
}

/** The lines of who made it; empty when that is not known. */
export function createdText(creator: Creator | null, parent: number): string {
  if (creator === null) return "";
  const by = parent === 0 ? "" : ` in goroutine ${parent}`;
  return `created by ${creator.fn}${by}\n${"file" in creator ? `\t${positionText(creator)}\n` : ""}`;
}
