/**
 * A dump as JSON, for programs: the schema is docs/schema/goroutine-dump.schema.json.
 *
 * `format` is 1. It stays so when something is added; readers ignore what they do not know.
 *
 * Go has none. The shape is that of Java's `jcmd Thread.dump_to_file -format=json` with Go's words.
 */
import { clock } from "./clock.ts";
import { type Frame, pathOf } from "./frames.ts";
import { type Group, groupsOf } from "./grouped.ts";
import { currentProcs } from "./procs.ts";
import type { Creator, Dump, Snapshot } from "./snapshot.ts";
import type { GoroutineStatus } from "./status.ts";
import { reasonText } from "./wait-reason.ts";
import type { WaitsOn } from "./waited.ts";

/** What `JSON.parse` makes of `runtime.stacks({ format: "json" })`. */
export interface GoroutineDump {
  readonly gortDump: {
    readonly format: 1;
    readonly pid: number;
    /** When it was made, as ISO 8601. */
    readonly time: string;
    /** The version of Node. */
    readonly node: string;
    readonly gomaxprocs: number;
    /** One by one; empty when they are grouped. */
    readonly goroutines: readonly DumpedGoroutine[];
    /** Those in the same place together, the largest group first: of `grouped: true`. */
    readonly groups?: readonly DumpedGroup[];
    /** Why code waits that waits outside any goroutine, the oldest first. */
    readonly outside: readonly { readonly reason: string }[];
    readonly lost: {
      /** How many goroutines there are that nobody has looked at. */
      readonly goroutinesElided: number;
      /** Processors that computed, and did not answer in time. */
      readonly processorsSilent: readonly number[];
    };
  };
}

/** A place in the program; `file` is a path. */
export interface DumpedFrame {
  readonly func: string;
  readonly file: string;
  readonly line: number;
  readonly col: number;
}

/** Who made a goroutine: without a place when only the function is known. */
export type DumpedCreator = DumpedFrame | { readonly func: string };

/** A goroutine of a {@link GoroutineDump}. */
export interface DumpedGoroutine {
  readonly goid: number;
  /** The name of its function; "" when it has none. */
  readonly name: string;
  readonly state: GoroutineStatus;
  /** Why it waits, in the words of a dump; null when it does not wait. */
  readonly reason: string | null;
  /** At what it waits: a channel, a lock, a goroutine; of a select each case's. Not there when that has no name: a sleep, a promise. */
  readonly waitsOn?: readonly WaitsOn[];
  /** Nobody can wake it, as `runtime.unreachable()` has proved; not there when that is not known. */
  readonly leaked?: true;
  /** For how long it has waited: whole seconds, in milliseconds. */
  readonly sinceMs: number;
  /** The processor that it belongs to; null when that is not known. */
  readonly proc: number | null;
  /** The number of the goroutine that made it; null when it was none. */
  readonly parent: number | null;
  readonly created: DumpedCreator | null;
  /** The innermost frame first. */
  readonly stack: readonly DumpedFrame[];
}

/** Goroutines of a {@link GoroutineDump} that are in the same place. */
export interface DumpedGroup {
  readonly count: number;
  /** Their numbers, ascending. */
  readonly goids: readonly number[];
  readonly name: string;
  readonly state: GoroutineStatus;
  readonly reason: string | null;
  /** As of a single one. */
  readonly leaked?: true;
  /** Of the one that has waited shortest, and longest. */
  readonly sinceMs: readonly [number, number];
  /** Null when it is not the same for all. */
  readonly parent: number | null;
  readonly created: DumpedCreator | null;
  readonly stack: readonly DumpedFrame[];
}

/** A dump as JSON. */
export function dumpJson(dump: Dump, isGrouped: boolean): string {
  const frames = new Map<readonly Frame[], DumpedFrame[]>();
  const framesOf = (stack: readonly Frame[]): DumpedFrame[] => {
    const known = frames.get(stack) ?? stack.map(frameOf);
    frames.set(stack, known);
    return known;
  };
  const value: GoroutineDump = {
    gortDump: {
      format: 1,
      pid: process.pid,
      time: new Date(clock.wall()).toISOString(),
      node: process.version,
      gomaxprocs: currentProcs(),
      goroutines: isGrouped ? [] : dump.goroutines.map((one) => goroutineOf(one, framesOf)),
      ...(isGrouped ? { groups: groupsOf(dump.goroutines).map((one) => groupOf(one, framesOf)) } : {}),
      outside: dump.outside.map((reason) => ({ reason })),
      lost: { goroutinesElided: dump.elided, processorsSilent: dump.silent },
    },
  };
  return `${JSON.stringify(value)}\n`;
}

type Shown = (stack: readonly Frame[]) => DumpedFrame[];

function goroutineOf(one: Snapshot, framesOf: Shown): DumpedGoroutine {
  return {
    goid: one.id,
    name: one.name,
    state: one.status,
    reason: reasonOf(one),
    ...(one.waitsOn === undefined ? {} : { waitsOn: one.waitsOn }),
    ...(one.leaked ? { leaked: true as const } : {}),
    sinceMs: one.waitedSeconds * 1000,
    proc: one.proc < 0 ? null : one.proc,
    parent: one.parent === 0 ? null : one.parent,
    created: creatorOf(one.creator),
    stack: framesOf(one.stack),
  };
}

function groupOf(group: Group, framesOf: Shown): DumpedGroup {
  const { first, ids, parent, creator } = group;
  return {
    count: ids.length,
    goids: ids,
    name: first.name,
    state: first.status,
    reason: reasonOf(first),
    ...(first.leaked ? { leaked: true as const } : {}),
    sinceMs: [group.shortestSeconds * 1000, group.longestSeconds * 1000],
    parent: parent === 0 ? null : parent,
    created: creatorOf(creator),
    stack: framesOf(first.stack),
  };
}

function reasonOf({ status, reason }: Snapshot): string | null {
  return status === "waiting" ? reasonText(reason) : null;
}

function creatorOf(creator: Creator | null): DumpedCreator | null {
  if (creator === null) return null;
  return "file" in creator ? frameOf(creator) : { func: creator.fn };
}

function frameOf({ fn, file, line, column }: Frame): DumpedFrame {
  return { func: fn, file: pathOf(file), line, col: column };
}
