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
import { reasonText, WaitReason } from "../runtime/wait-reason.ts";
import { casesOf, objectOf } from "../runtime/waited.ts";
import type { ChannelTable } from "./channel-table.ts";
import { rowFilter, rowOrder } from "./row-filter.ts";
import type { GoroutineRow, GroupRow, StateQuery, StateWord } from "./rows.ts";

const STEP = 5_000;
const MOST_ASKED = 2_000;
const MOST_GROUPS = 200;
/** Different groups that are told apart; all others are one. */
const MOST_KEYS = 5_000;
const USUAL_ROWS = 200;
const MOST_ROWS = 1_000;
/** Rows of which the order is made. */
const MOST_FITTING = 10_000;
/** New stacks a look: about a millisecond. */
const MOST_STACKS = 60;
/** A place that is known is not asked for again for so long, while the goroutine waits for the same reason. */
const PLACE_SECONDS = 3;

interface Group {
  count: number;
  readonly state: StateWord;
  readonly reason: string;
  readonly name: string;
  readonly waitsOn: string;
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
  readonly blocked: Record<string, number> = {};
  fitting = 0;

  private at = 1;
  private asked = 0;
  private stacks = 0;
  private readonly seconds: number = slice.secondsNow();
  private readonly groups = new Map<string, Group>();
  private readonly rows: { readonly row: GoroutineRow; readonly g: Go }[] = [];
  private readonly query: StateQuery;
  private readonly fits: (row: GoroutineRow) => boolean;
  private readonly channels: ChannelTable;

  constructor(query: StateQuery, channels: ChannelTable) {
    this.query = query;
    this.fits = rowFilter(query.filter ?? "");
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
    return [...this.groups.values()]
      .sort((a, b) => b.count - a.count || a.example.id - b.example.id)
      .slice(0, MOST_GROUPS)
      .map(({ example, ...group }) => ({ ...group, where: this.whereIs(example), example: example.id }));
  }

  private see(g: Go): void {
    const { state } = g;
    const word = g.status as StateWord;
    const isWaiting = state === G.waiting;
    if (isWaiting) this.states[2]++;
    else if (word === "syscall") this.states[3]++;
    else this.states[word === "running" ? 1 : 0]++;
    const reason = isWaiting ? reasonText(g.reason) : "";
    if (isWaiting) this.blocked[reason] = (this.blocked[reason] ?? 0) + 1;
    const waitedSeconds = isWaiting ? Math.max(0, this.seconds - g.waitSince) : 0;
    const waitsOn = isWaiting && g.reason !== WaitReason.sleep ? this.objects(g) : "";
    const name = g.name === "" ? "<anonymous>" : g.name;
    this.count(g, word, reason, name, waitsOn, waitedSeconds);
    const row: GoroutineRow = {
      id: g.id,
      name,
      state: word,
      reason,
      waitedSeconds,
      proc: cores.remote.procId,
      parent: g.parent,
      creator: "",
      where: places.get(g)?.where ?? "",
      waitsOn,
    };
    if (!this.fits(row)) return;
    this.fitting++;
    if (this.rows.length < MOST_FITTING) this.rows.push({ row, g });
  }

  private count(
    g: Go,
    state: StateWord,
    reason: string,
    name: string,
    waitsOn: string,
    waitedSeconds: number,
  ): void {
    const full = `${state} ${reason} ${waitsOn} ${name}`;
    let group = this.groups.get(full);
    if (group === undefined) {
      const isRest = this.groups.size >= MOST_KEYS;
      const key = isRest ? `${state} ${reason}` : full;
      group = isRest ? this.groups.get(key) : undefined;
      if (group === undefined) {
        group = {
          count: 0,
          state,
          reason,
          name: isRest ? "(others)" : name,
          waitsOn: isRest ? "" : waitsOn,
          example: g,
          longestSeconds: 0,
        };
        this.groups.set(key, group);
      }
    }
    group.count++;
    if (waitedSeconds > group.longestSeconds || group.count === 1) {
      group.longestSeconds = waitedSeconds;
      group.example = g;
    }
  }

  /** What it waits at; the channels among that are told of it. */
  private objects(g: Go): string {
    if (this.asked >= MOST_ASKED) return "";
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
