/**
 * Goroutines that are in the same place, as one: for a program that has thousands of them.
 *
 *   goroutine profile: total 1003
 *
 *   998 @ goroutine 5, 6, 7, 8, 9, 10, 11, 12, ... [chan receive, 2 to 5 minutes]:
 *   worker(...)
 *   	/app/src/main.ts:6:11
 *   created by main in goroutine 1
 *   	/app/src/main.ts:14:3
 *
 * In a group all have the same state, reason and frames, and were made by the same function. The largest group comes first, of equal ones the one with the lowest number.
 *
 * Go: runtime/pprof/pprof.go (printCountProfile with debug=1), whose first line and whose `998 @` these are. Differs: a block as in a dump, and not addresses of code; states and creators are kept apart.
 */
import { type Frame, positionText } from "./frames.ts";
import type { Creator, Dump, Snapshot } from "./snapshot.ts";
import { createdText, framesText, restTexts, statusText } from "./traceback.ts";

/** So many numbers stand in a header. */
const SHOWN = 8;

/** What goroutines of a group have in common. */
export interface Group {
  /** The goroutine with the lowest number stands for all. */
  readonly first: Snapshot;
  readonly ids: number[];
  shortestSeconds: number;
  longestSeconds: number;
  /** The place is left out when it is not the same for all of whom it is known. */
  creator: Creator | null;
  /** 0 when it is not the same for all. */
  parent: number;
}

/** The groups, the largest first. */
export function groupsOf(goroutines: readonly Snapshot[]): Group[] {
  const keys = new Map<readonly Frame[], string>();
  const groups = new Map<string, Group>();
  for (const one of [...goroutines].sort((a, b) => a.id - b.id)) {
    let stack = keys.get(one.stack);
    if (stack === undefined) {
      stack = one.stack.map((frame) => `${frame.fn} ${positionText(frame)}`).join("\n");
      keys.set(one.stack, stack);
    }
    const key = [one.status, one.reason, one.leaked, one.name, one.creator?.fn ?? "", stack].join("\n");
    const group = groups.get(key);
    if (group === undefined) {
      const { id, waitedSeconds, creator, parent } = one;
      groups.set(key, {
        first: one,
        ids: [id],
        shortestSeconds: waitedSeconds,
        longestSeconds: waitedSeconds,
        creator,
        parent,
      });
    } else takeIn(group, one);
  }
  return [...groups.values()].sort((a, b) => b.ids.length - a.ids.length || a.first.id - b.first.id);
}

function takeIn(group: Group, { id, waitedSeconds, creator, parent }: Snapshot): void {
  group.ids.push(id);
  group.shortestSeconds = Math.min(group.shortestSeconds, waitedSeconds);
  group.longestSeconds = Math.max(group.longestSeconds, waitedSeconds);
  if (group.parent !== parent) group.parent = 0;
  const { creator: before } = group;
  if (creator === null || before === null || !("file" in creator)) return;
  if (!("file" in before)) {
    // Only of the first so many of a second the place is known (go.ts): it holds for the others, too.
    if (!("isMixed" in before)) group.creator = creator;
  } else if (positionText(before) !== positionText(creator)) {
    group.creator = { fn: before.fn, isMixed: true } as Creator;
  }
}

/** A dump of groups. */
export function groupedText({ goroutines, elided, silent, outside }: Dump): string {
  return [
    `goroutine profile: total ${goroutines.length + elided}\n`,
    ...groupsOf(goroutines).map(groupText),
    ...restTexts(elided, silent, outside),
  ].join("\n");
}

function groupText(group: Group): string {
  const { first, ids, creator, parent } = group;
  const numbers = ids.slice(0, SHOWN).join(", ") + (ids.length > SHOWN ? ", ..." : "");
  const status = statusText(first) + minutesText(group);
  return `${ids.length} @ goroutine ${numbers} [${status}]:\n${framesText(first.stack)}${createdText(creator, parent)}`;
}

function minutesText({ shortestSeconds, longestSeconds }: Group): string {
  const [shortest, longest] = [Math.floor(shortestSeconds / 60), Math.floor(longestSeconds / 60)];
  if (longest < 1) return "";
  return shortest === longest ? `, ${longest} minutes` : `, ${shortest} to ${longest} minutes`;
}
