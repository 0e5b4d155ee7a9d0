/**
 * What stands above the table: the program, its totals, a line a processor, the channels that somebody waits at, and warnings in words.
 */
import type { ChannelRow, ProcRow, StateReply, Warning } from "../../web/protocol.ts";
import { clockTime, count, percent, period, perSecond, type Rates } from "./figures.ts";
import { bar, type Glyphs, joined, type Line, type Look, type Part, sparkline } from "./line.ts";
import { fit } from "./text.ts";
import type { View } from "./view.ts";

/** A run of goroutines that long is called so. */
const LONG_MS = 100;
const NOTABLE_MS = 10;

/** Everything that lines are made of. */
export interface Scene {
  readonly state: StateReply;
  readonly rates: Rates;
  readonly view: View;
  readonly cells: number;
  readonly glyphs: Glyphs;
}

export function titleLine({ state, view, cells, glyphs }: Scene): Line {
  const { program, pid, upMs, gomaxprocs, ended } = state;
  const condition: Part =
    ended !== null
      ? { text: `ENDED (${ended.kind})`, look: ended.kind === "exit" ? "strong" : "alarm" }
      : view.paused
        ? { text: "PAUSED", look: "warning" }
        : { text: `each ${view.intervalMs / 1000} s`, look: "faint", drop: 2 };
  return joined(
    [
      { text: "gort top", look: "faint", drop: 3 },
      { text: glyphs.shown(program), look: "strong" },
      { text: `pid ${pid}`, drop: 1 },
      { text: `up ${clockTime(upMs)}` },
      { text: `GOMAXPROCS=${gomaxprocs}`, drop: 4 },
      condition,
    ],
    cells,
  );
}

export function totalsLine({ state, rates, cells }: Scene): Line {
  const { goroutines, running, runnable, waiting, syscall } = state.totals;
  const [run, ready, wait] = cells < 60 ? ["run", "ready", "wait"] : ["running", "runnable", "waiting"];
  return joined(
    [
      { text: `G ${count(goroutines)}:`, look: "strong" },
      { text: `${count(running)} ${run}` },
      { text: `${count(runnable)} ${ready}` },
      { text: `${count(waiting)} ${wait}` },
      { text: syscall > 0 ? `${count(syscall)} syscall` : "", drop: 3 },
      { text: `created ${perSecond(rates.created)}`, drop: 2 },
      { text: `ended ${perSecond(rates.ended)}`, drop: 2 },
      { text: `ticks ${perSecond(rates.ticks)}`, drop: 4 },
      { text: `steals ${perSecond(rates.steals)}`, drop: 5 },
    ],
    cells,
  );
}

/** Why they wait, the most first; then what there is besides. */
export function reasonsLine({ state, cells, glyphs }: Scene): Line {
  const { blocked, timers, queued, longSlices } = state.totals;
  const reasons = Object.entries(blocked)
    .filter(([, n]) => n > 0)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(
      ([reason, n], at): Part => ({
        text: `${at === 0 ? "waits: " : ""}${glyphs.shown(reason)} ${count(n)}`,
        drop: at === 0 ? 3 : at + 10,
      }),
    );
  const { ratio, mode, lost } = state.cost;
  return joined(
    [
      ...reasons,
      { text: queued > 0 ? `global runq ${count(queued)}` : "", drop: 2 },
      { text: timers > 0 ? `timers ${count(timers)}` : "", drop: 7 },
      { text: longSlices > 0 ? `long slices ${count(longSlices)}` : "", drop: 6 },
      { text: `cost ${(ratio * 100).toFixed(1)}% (${glyphs.shown(mode)})`, look: "faint", drop: 5 },
      { text: lost > 0 ? `${count(lost)} events lost` : "", look: "warning", drop: 1 },
    ],
    cells,
  );
}

/** The processors, `most` lines at most: the last then tells of all that have none. */
export function procLines(scene: Scene, most: number): Line[] {
  const { procs } = scene.state;
  const shown = procs.length <= most ? procs : procs.slice(0, Math.max(0, most - 1));
  const lines = shown.map((proc) => procLine(scene, proc));
  if (shown.length < procs.length) {
    const rest = procs.slice(shown.length);
    const busy = rest.map(({ id }) => scene.rates.procs.get(id)?.busy);
    const known = busy.filter((each) => each !== undefined);
    const mean = known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0) / known.length;
    const queued = rest.reduce((sum, { runq }) => sum + runq, 0);
    const text = `${scene.glyphs.more} ${rest.length} more: busy ${percent(mean)}, runq ${count(queued)} (P: all)`;
    lines.push([{ text, look: "faint" }]);
  }
  return lines;
}

function procLine({ state, rates, view, cells, glyphs }: Scene, proc: ProcRow): Line {
  const { id, runq } = proc;
  const rate = rates.procs.get(id);
  const barCells = cells >= 100 ? 20 : cells >= 60 ? 12 : 6;
  const sparkCells = cells >= 60 ? 8 : 4;
  const label = `P${id}`.padEnd(`P${state.procs.length - 1}`.length);
  const most = Math.max(4, ...[...view.queues.values()].flat());
  const left: Line = [
    { text: `${label} ` },
    {
      text: bar(rate?.busy ?? null, barCells, glyphs),
      ...lookOf(rate !== undefined && rate.busy > 0, "good"),
    },
    { text: ` ${percent(rate?.busy ?? null).padStart(4)} ` },
  ];
  let right = `${cells >= 60 ? " runq" : " q"}${count(runq).padStart(cells >= 60 ? 5 : 4)} `;
  right += sparkline(view.queues.get(id) ?? [], most, sparkCells, glyphs);
  if (cells >= 70) right += `  ${perSecond(rate?.ticks ?? null).padStart(7)}`;
  if (cells >= 100) right += `  stolen ${perSecond(rate?.stolen ?? null).padStart(7)}`;
  const room = cells - left.reduce((sum, { text }) => sum + text.length, 0) - right.length;
  const { text, look } = runningOf(proc, glyphs);
  return [
    ...left,
    { text: fit(text, Math.max(0, room), glyphs.more), ...(look && { look }) },
    { text: right },
  ];
}

function lookOf(when: boolean, look: Look): { look?: Look } {
  return when ? { look } : {};
}

/** What a processor does, in words. */
export function runningOf(proc: ProcRow, glyphs: Glyphs): { text: string; look?: Look } {
  if (proc.machine < 0) return { text: "no thread", look: "faint" };
  if (proc.running === 0) return { text: proc.status, look: "faint" };
  const long = proc.sliceMs >= LONG_MS;
  const slice = long
    ? ` ${period(proc.sliceMs)} LONG`
    : proc.sliceMs >= NOTABLE_MS
      ? ` ${period(proc.sliceMs)}`
      : "";
  // The number first, the time next: a long name is what is cut.
  return {
    text: `G${proc.running}${slice} ${glyphs.shown(proc.runningName)}`,
    ...lookOf(long, "alarm"),
  };
}

/** How a channel stands: closed, full, empty; for how long somebody waits for that to change. */
export function standingOf({
  closed,
  length,
  capacity,
  senderCount,
  receiverCount,
  stuckMs,
}: ChannelRow): string {
  const since = stuckMs > 0 ? ` ${period(stuckMs)}` : "";
  if (closed) return "closed";
  if (senderCount > 0 && length >= capacity) return capacity === 0 ? `no receiver${since}` : `FULL${since}`;
  if (receiverCount > 0 && length === 0) return `empty${since}`;
  return "";
}

/** Channels that somebody waits at, as many as fit: senders first, then the longest; null when there are none. */
export function channelsLine({ state, cells, glyphs }: Scene): Line | null {
  const busy = state.channels
    .filter(({ receiverCount, senderCount }) => receiverCount + senderCount > 0)
    .sort((a, b) => Number(b.senderCount > 0) - Number(a.senderCount > 0) || b.stuckMs - a.stuckMs);
  if (busy.length === 0) return null;
  const parts = busy.slice(0, 12).map((channel, at): Part => {
    const { label, length, capacity, receiverCount, senderCount } = channel;
    const waiting = [
      receiverCount > 0 ? `recvq ${count(receiverCount)}` : "",
      senderCount > 0 ? `sendq ${count(senderCount)}` : "",
      standingOf(channel),
    ];
    const text = [`${glyphs.shown(label)} ${length}/${capacity}`, ...waiting]
      .filter((each) => each !== "")
      .join(" ");
    return { text, ...(at > 0 && { drop: at }) };
  });
  return joined([{ text: "CHAN", look: "strong" }, ...parts], cells);
}

const LEVELS: Readonly<Record<Warning["level"], { word: string; look: Look }>> = {
  alarm: { word: "ALARM", look: "alarm" },
  hint: { word: "HINT ", look: "warning" },
  note: { word: "NOTE ", look: "faint" },
};

/** Alarms first: what is exact. */
export function sortedWarnings({ warnings }: StateReply): Warning[] {
  const rank = ({ level }: Warning): number => (level === "alarm" ? 0 : level === "hint" ? 1 : 2);
  return [...warnings].sort((a, b) => rank(a) - rank(b));
}

export function warningLines({ state, glyphs }: Scene, most: number): Line[] {
  const sorted = sortedWarnings(state);
  return sorted.slice(0, most).map((warning, at) => {
    // A level of a later version is a hint.
    const { word, look } = LEVELS[warning.level] ?? LEVELS.hint;
    const more = at === most - 1 && sorted.length > most ? ` (${sorted.length - most} more: x)` : "";
    return [{ text: word, look }, { text: `${more} ${glyphs.shown(warning.text)}` }];
  });
}
