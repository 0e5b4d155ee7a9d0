/**
 * The span that the keyboard is at, what is said of it, and the ways from it: to its neighbours, to other lanes, to the goroutine that woke its own.
 */
import { signal } from "@preact/signals";
import { LaneMark } from "../protocol.ts";
import { length } from "./format.ts";
import { lanes } from "./lanes-data.ts";
import { called } from "./names.ts";
import { laneRows } from "./rows.ts";
import type { Mark, Spans } from "./spans.ts";
import { reasonText } from "./states.ts";
import { detail, select, selected } from "./store.ts";
import { leftEdge, pause, rightEdge, show } from "./view.ts";

export const focus = signal<{ readonly key: string; readonly at: number } | null>(null);
/** What a screen reader is told, one thing at a time. */
export const said = signal("");

export function say(text: string): void {
  said.value = text;
}

function focused(): { lane: Spans; i: number } | undefined {
  const lane = focus.value === null ? undefined : lanes.get(focus.value.key);
  const i = lane?.at(focus.value!.at, 0.001) ?? -1;
  return lane === undefined || i < 0 ? undefined : { lane, i };
}

/** Puts the focus on a span; the view stands still for it. */
export function focusSpan(key: string, at: number): void {
  const lane = lanes.get(key);
  const i = lane?.at(at, Number.POSITIVE_INFINITY) ?? -1;
  if (lane === undefined || i < 0) return;
  const inside = (lane.begin[i]! + lane.end[i]!) / 2;
  show(Math.min(Math.max(inside, leftEdge()), rightEdge()) === inside ? inside : lane.begin[i]!);
  focus.value = { key, at: inside };
  say(describe(lane, i));
}

/** `,` and `.`: the span before and behind. */
export function step(by: 1 | -1): void {
  const here = focused();
  if (here === undefined) {
    enter();
    return;
  }
  const i = here.i + by;
  if (i < 0 || i >= here.lane.size) {
    say("No further run is known in this lane.");
    return;
  }
  focusSpan(focus.value!.key, (here.lane.begin[i]! + here.lane.end[i]!) / 2);
}

/** Up and down: the nearest span of the next lane that has one. */
export function changeLane(by: 1 | -1): void {
  if (focus.value === null) {
    enter();
    return;
  }
  const rows = laneRows.value;
  let i = rows.findIndex((row) => row.key === focus.value!.key) + by;
  while (rows[i] !== undefined && (lanes.get(rows[i]!.key)?.size ?? 0) === 0) i += by;
  if (rows[i] === undefined) {
    say(by < 0 ? "This is the first lane." : "This is the last lane.");
    return;
  }
  focusSpan(rows[i]!.key, focus.value.at);
}

/** To where the keyboard begins: the newest run of the first lane that has one. */
function enter(): void {
  pause();
  const first = laneRows.value.find((row) => (lanes.get(row.key)?.size ?? 0) > 0);
  if (first !== undefined) focusSpan(first.key, rightEdge());
}

/** Enter: the goroutine of the span. */
export function selectFocused(): void {
  const here = focused();
  const goroutine = here === undefined ? 0 : goroutineOf(here.lane, here.i);
  if (goroutine === 0) {
    say("Nobody ran here.");
    return;
  }
  select(goroutine);
  say(`Selected ${called(goroutine)}.`);
}

/** U: to whoever woke the selected goroutine before the span that is looked at. */
export function followWaker(): void {
  const goroutine = selected.value || (focused() ? goroutineOf(focused()!.lane, focused()!.i) : 0);
  if (goroutine === 0) {
    say("Select a goroutine first.");
    return;
  }
  if (selected.value === 0) select(goroutine);
  const here = focused();
  const until =
    here !== undefined && goroutineOf(here.lane, here.i) === goroutine
      ? here.lane.begin[here.i]!
      : rightEdge();
  const mark = lanes
    .get(`1:${goroutine}`)
    ?.marks.findLast((one: Mark) => one.kind === LaneMark.woken && one.at <= until + 0.01);
  const known = detail.value;
  const by = mark?.a ?? (known !== null && known !== "gone" && known.id === goroutine ? known.wokenBy : -1);
  if (by < 0) {
    say(`Who woke ${called(goroutine)} is not known: it was too long ago, or not written down.`);
    return;
  }
  if (by === 0) {
    say(`${called(goroutine)} was woken by the host: a timer, a socket or a promise.`);
    return;
  }
  select(by);
  if (mark !== undefined) focusSpan(`0:${mark.b}`, mark.at);
  else if (known !== null && known !== "gone") show(known.wokenAt);
  say(`${called(goroutine)} was woken by ${called(by)}, which is selected now.`);
}

export function goroutineOf(lane: Spans, i: number): number {
  return lane.kind === 1 ? lane.id : ((lane.flags[i]! >>> 8) & 7) === 7 ? 0 : lane.goroutine[i]!;
}

const ENDS = ["and gave way", "then waited", "and ended", "and failed"];
const DID = ["ran", "waited", "was runnable"];

/** What a span says, in words. */
export function spanText(lane: Spans, i: number): string {
  const flags = lane.flags[i]!;
  const how = (flags >>> 8) & 7;
  if (how === 7) return "not recorded";
  if (lane.kind === 1) {
    const reason = (flags >>> 16) & 255;
    return how === 1 && reason > 0 ? `waited: ${reasonText(reason)}` : (DID[how] ?? "");
  }
  return lane.runs[i] === 1 ? `ran ${ENDS[how] ?? ""}` : `${lane.runs[i]} runs`;
}

function describe(lane: Spans, i: number): string {
  const where = lane.kind === 0 ? `P${lane.id}` : "lane";
  const who = goroutineOf(lane, i);
  return `${where}, ${who === 0 ? "" : `${called(who)}, `}${spanText(lane, i)}, ${length(lane.end[i]! - lane.begin[i]!)}`;
}
