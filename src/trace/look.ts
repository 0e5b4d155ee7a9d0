/**
 * One look at the goroutines of a thread, over as many turns of the event loop as it takes: what a Frame is made of.
 *
 * A million goroutines are not looked at in one go: each step looks at {@link STEP} places of the table, then the thread does what it has to do. So a look is not of one moment; what it counts is right for each goroutine at the moment when it came by.
 *
 * What a goroutine waits at is asked of the first {@link MOST_ASKED} alone, and where it is of those that are shown: these cost a microsecond or ten each.
 */

import { pathOf, userFrames } from "../runtime/frames.ts";
import { Go } from "../runtime/goroutine.ts";
import { operationOf, positionOf } from "../runtime/probe.ts";
import { p } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { slice } from "../runtime/slice.ts";
import { G } from "../runtime/status.ts";
import { REASONS, reasonText, WaitReason } from "../runtime/wait-reason.ts";
import { casesOf, objectOf } from "../runtime/waited.ts";
import type { ChannelTable } from "./channel-table.ts";
import { rowFilter, rowOrder } from "./row-filter.ts";
import type { GoroutineRow, GroupRow, StateQuery, StateWord } from "./rows.ts";

const STEP = 5_000;
const MOST_ASKED = 2_000;
const MOST_GROUPS = 200;
/** Functions that are told apart. */
const MOST_NAMES = 5_000;
const OTHERS = "(others)";
const USUAL_ROWS = 200;
const MOST_ROWS = 1_000;
/** Rows of which the order is made. */
const MOST_FITTING = 10_000;
/** New stacks a look: about a millisecond. */
const MOST_STACKS = 60;
/** A place that is known is not asked for again for so long, while the goroutine waits for the same reason. */
const PLACE_SECONDS = 3;

/** Goroutines of one function in one state, for one reason. */
interface Group {
  count: number;
  /** What the first that was asked waits for; how many have said something else. */
  readonly waitsOn: string;
  others: number;
  example: Go;
  longestSeconds: number;
}

interface Place {
  readonly reason: number;
  readonly since: number;
  readonly known: number;
  readonly where: string;
}

const places = new WeakMap<Go, Place>();

export class Look {
  readonly states: [runnable: number, running: number, waiting: number, syscall: number] = [0, 0, 0, 0];
  fitting = 0;

  private at = 1;
  private asked = 0;
  private stacks = 0;
  private readonly seconds: number = slice.secondsNow();
  private readonly waiting = new Uint32Array(REASONS);
  /** By name, and then by state and reason in one number. */
  private readonly groups = new Map<string, (Group | undefined)[]>();
  private readonly rows: { readonly row: GoroutineRow; readonly g: Go }[] = [];
  private readonly query: StateQuery;
  /** Null: every row does. */
  private readonly fits: ((row: GoroutineRow) => boolean) | null;
  private readonly channels: ChannelTable;

  constructor(query: StateQuery, channels: ChannelTable) {
    this.query = query;
    this.fits = (query.filter ?? "").trim() === "" ? null : rowFilter(query.filter as string);
    this.channels = channels;
  }

  /** Goes on; true when it is through. */
  step(): boolean {
    const { slots } = p;
    const end = Math.min(slots.length, this.at + STEP);
    for (; this.at < end; this.at++) {
      const g = slots[this.at];
      if (g instanceof Go && !g.isApart && g.state !== G.dead && !cores.remote.isElsewhere(g)) this.see(g);
    }
    return this.at >= slots.length;
  }

  /** The rows that are shown. */
  shown(): GoroutineRow[] {
    const { sort, limit = USUAL_ROWS } = this.query;
    const order = rowOrder(sort);
    this.rows.sort((a, b) => order(a.row, b.row));
    return this.rows
      .slice(0, Math.min(limit, MOST_ROWS))
      .map(({ row, g }) => ({ ...row, where: this.whereIs(g), creator: creatorText(g) }));
  }

  /** The largest groups. */
  largest(): GroupRow[] {
    const all: (Group & { readonly name: string })[] = [];
    for (const [name, ofName] of this.groups)
      for (const group of ofName) if (group) all.push({ ...group, name });
    return all
      .sort((a, b) => b.count - a.count || a.example.id - b.example.id)
      .slice(0, MOST_GROUPS)
      .map(({ example, others, waitsOn, ...group }) => ({
        ...group,
        state: example.status as StateWord,
        reason: example.state === G.waiting ? reasonText(example.reason) : "",
        waitsOn: others === 0 || waitsOn === "" ? waitsOn : `${waitsOn} and others`,
        where: this.whereIs(example),
        example: example.id,
      }));
  }

  /** How many wait for each reason. */
  blocked(): Record<string, number> {
    const found: Record<string, number> = {};
    this.waiting.forEach((count, reason) => {
      if (count > 0) found[reasonText(reason)] = count;
    });
    return found;
  }

  private see(g: Go): void {
    const { state } = g;
    const isWaiting = state === G.waiting;
    const reason = isWaiting ? g.reason : 0;
    if (isWaiting) {
      this.states[2]++;
      this.waiting[reason] = (this.waiting[reason] as number) + 1;
    } else if (state === G.syscall) this.states[3]++;
    else this.states[state === G.running || state === G.exiting ? 1 : 0]++;
    const waitedSeconds = isWaiting ? Math.max(0, this.seconds - g.waitSince) : 0;
    const waitsOn =
      isWaiting && this.asked < MOST_ASKED && reason !== WaitReason.sleep ? this.objects(g) : "";
    const name = g.name === "" ? "<anonymous>" : g.name;
    this.count(g, reason, name, waitsOn, waitedSeconds);
    const isRoom = this.rows.length < MOST_FITTING;
    // Of a million goroutines not each is to become a row.
    if (this.fits === null && !isRoom) {
      this.fitting++;
      return;
    }
    const row: GoroutineRow = {
      id: g.id,
      name,
      state: g.status as StateWord,
      reason: isWaiting ? reasonText(reason) : "",
      waitedSeconds,
      proc: cores.remote.procId,
      parent: g.parent,
      creator: "",
      where: places.get(g)?.where ?? "",
      waitsOn,
    };
    if (this.fits !== null && !this.fits(row)) return;
    this.fitting++;
    if (isRoom) this.rows.push({ row, g });
  }

  private count(g: Go, reason: number, name: string, waitsOn: string, waitedSeconds: number): void {
    let ofName = this.groups.get(name);
    if (ofName === undefined) {
      const key = this.groups.size < MOST_NAMES ? name : OTHERS;
      ofName = this.groups.get(key) ?? [];
      this.groups.set(key, ofName);
    }
    const at = g.state * REASONS + reason;
    const group = ofName[at];
    if (group === undefined) {
      ofName[at] = { count: 1, waitsOn, others: 0, example: g, longestSeconds: waitedSeconds };
      return;
    }
    group.count++;
    if (group.waitsOn !== waitsOn && waitsOn !== "") group.others++;
    if (waitedSeconds > group.longestSeconds) {
      group.longestSeconds = waitedSeconds;
      group.example = g;
    }
  }

  /** What it waits at; the channels among that are told of it. */
  private objects(g: Go): string {
    this.asked++;
    const op = operationOf(g);
    if (op === null) return "";
    const labels: string[] = [];
    for (const one of casesOf(op)) {
      const object = objectOf(one);
      if (object === null) continue;
      labels.push(object.label);
      if (object.kind === "chan") this.channels.waits(object, g.id, one.reason === WaitReason.chanSend);
    }
    return labels.join(", ");
  }

  private whereIs(g: Go): string {
    const known = places.get(g);
    const isKnown =
      known !== undefined &&
      known.reason === g.reason &&
      known.since === g.waitSince &&
      this.seconds - known.known < PLACE_SECONDS;
    if (isKnown || this.stacks >= MOST_STACKS || g.state === G.dead) return known?.where ?? "";
    this.stacks++;
    const where = placeOf(g);
    places.set(g, { reason: g.reason, since: g.waitSince, known: this.seconds, where });
    return where;
  }
}

function placeOf(g: Go): string {
  const frame = userFrames(positionOf(g).stack)[0];
  return frame === undefined ? "" : shortPlace(frame.file, frame.line);
}

const root = `${process.cwd()}/`;

/** `file:line`, below the folder in which the program was started. */
export function shortPlace(file: string, line: number): string {
  const path = pathOf(file);
  return `${path.startsWith(root) ? path.slice(root.length) : path}:${line}`;
}

function creatorText({ creator }: Go): string {
  if (creator === null) return "";
  if (typeof creator === "function") return creator.name === "" ? "<anonymous>" : creator.name;
  const frame = userFrames(creator.stack)[0];
  return frame === undefined ? "" : `${frame.fn} ${shortPlace(frame.file, frame.line)}`;
}
