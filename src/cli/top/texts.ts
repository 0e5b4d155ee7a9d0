/**
 * The views that are text: who waits for whom, one goroutine, the keys.
 */
import type { GoroutineDetail, Graph } from "../../web/protocol.ts";
import { period, seconds } from "./figures.ts";
import { type Scene, sortedWarnings } from "./header.ts";
import type { Glyphs, Line } from "./line.ts";
import type { View } from "./view.ts";

/** Edges of very many goroutines that wait for the same are not all worth a line. */
const MOST_EDGES = 200;

/** Circles first, then all warnings with the rule behind each, then who waits for whom. */
export function waitsText({ state, glyphs }: Scene): Line[] {
  const { graph } = state;
  const lines: Line[] = [];
  for (const cycle of graph.cycles)
    lines.push([{ text: "CYCLE ", look: "alarm" }, { text: cycleText(graph, cycle, glyphs) }]);
  for (const { level, text, rule } of sortedWarnings(state)) {
    lines.push([
      { text: `${level.toUpperCase().padEnd(5)} `, look: level === "alarm" ? "alarm" : "warning" },
      { text: glyphs.shown(text) },
    ]);
    lines.push([{ text: `      ${glyphs.shown(rule)}`, look: "faint" }]);
  }
  const names = new Map(graph.nodes.map(({ goid, name, reason }) => [goid, { name, reason }]));
  const who = (goid: number): string => `G${goid} ${glyphs.shown(names.get(goid)?.name ?? "")}`.trimEnd();
  for (const { from, to, object, exact } of graph.edges.slice(0, MOST_EDGES)) {
    const reason = names.get(from)?.reason ?? "";
    const holder = to === 0 ? "whoever comes" : who(to);
    const text = `${who(from)}  ${glyphs.shown(reason === "" ? "waits" : reason)}  ${glyphs.shown(object)} ${glyphs.arrow} ${holder}`;
    lines.push(exact ? [{ text }] : [{ text }, { text: "  (a guess)", look: "faint" }]);
  }
  const left = graph.edges.length - MOST_EDGES;
  if (left > 0) lines.push([{ text: `${glyphs.more} ${left} more`, look: "faint" }]);
  if (lines.length === 0) lines.push([{ text: "nobody waits for anybody that is known", look: "faint" }]);
  return lines;
}

/** G6 → mutex#2 → G1 → chan#3 → G6. */
function cycleText({ edges }: Graph, cycle: readonly number[], glyphs: Glyphs): string {
  const steps = cycle.map((from, at) => {
    const to = cycle[(at + 1) % cycle.length];
    const object = edges.find((edge) => edge.from === from && edge.to === to)?.object;
    return `G${from} ${glyphs.arrow} ${object === undefined ? "" : `${glyphs.shown(object)} ${glyphs.arrow} `}`;
  });
  return `${steps.join("")}G${cycle[0] ?? 0}`;
}

export function detailText({ state, view, glyphs }: Scene): Line[] {
  const { detail, about } = view;
  if (detail === null || detail === "asked")
    return [[{ text: `goroutine ${about}: asked for`, look: "faint" }]];
  if (detail === "gone") return [[{ text: `goroutine ${about} has ended`, look: "warning" }]];
  const fact = (name: string, text: string): Line => [
    { text: `${name.padEnd(10)} `, look: "faint" },
    { text: glyphs.shown(text) },
  ];
  const ago = (at: number): string => `${period(Math.max(0, state.now - at))} ago`;
  const { state: word, reason, waitedSeconds, proc, waitsOn, holds, parent, creator, created } = detail;
  const waits = reason === "" ? word : `${reason}${waitedSeconds > 0 ? `, ${seconds(waitedSeconds)}` : ""}`;
  const lines: Line[] = [
    [
      { text: `goroutine ${detail.id} `, look: "strong" },
      { text: glyphs.shown(detail.name), look: "strong" },
    ],
    fact("state", `${waits}, on P${proc}`),
  ];
  if (waitsOn !== "") lines.push(fact("waits on", waitsOn));
  if (holds.length > 0) lines.push(fact("holds", holds.join(", ")));
  if (detail.ranAt >= 0) lines.push(fact("last run", `${ago(detail.ranAt)}, for ${period(detail.ranMs)}`));
  if (detail.wokenBy >= 0)
    lines.push(
      fact("woken by", `${detail.wokenBy === 0 ? "the host" : `G${detail.wokenBy}`}, ${ago(detail.wokenAt)}`),
    );
  const place = created === null ? "" : `, ${created.file}:${created.line}`;
  if (creator !== "" || parent > 0) lines.push(fact("created by", `${creator} in G${parent}${place}`));
  return [...lines, [{ text: "" }], ...stackText(detail, glyphs)];
}

function stackText({ silent, stack, where }: GoroutineDetail, glyphs: Glyphs): Line[] {
  if (silent)
    return [[{ text: "its processor computes and does not answer: no stack now", look: "warning" }]];
  if (stack.length === 0)
    return [[{ text: where === "" ? "no stack" : `at ${glyphs.shown(where)}`, look: "faint" }]];
  return stack.map(({ fn, file, line, column }) => [
    { text: `  ${glyphs.shown(fn === "" ? "(anonymous)" : fn)}  ` },
    { text: glyphs.shown(`${file}:${line}:${column}`), look: "faint" },
  ]);
}

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["up down, j k", "the row above, below; PgUp PgDn Home End"],
  ["Enter", "the goroutine (or one of the group) with its stack; Esc back"],
  ["g", "goroutines in groups, or each"],
  ["n", "sort: count, the largest groups first"],
  ["c", "sort: who holds a processor, the longest first"],
  ["b", "sort: those that another goroutine blocks"],
  ["w", "sort: the longest wait"],
  ["i", "sort: number"],
  ["s", "sort: state"],
  ["/", "filter: state:waiting fn:worker chan:jobs reason:sleep"],
  ["", "g:17 p:1 blocked>1s, or a word; Esc clears"],
  ["r", "channels"],
  ["P", "processors"],
  ["x", "who waits for whom, and all warnings"],
  ["Space", "pause, go on"],
  ["+ -", "the time between two looks"],
  ["q, Ctrl-C", "quit"],
];

export function helpText(): Line[] {
  return KEYS.map(([key, what]) => [{ text: ` ${key.padEnd(13)}`, look: "strong" }, { text: what }]);
}

/** What stands at the bottom: the filter while it is typed, else the keys. */
export function bottomLine(view: View, cells: number): Line {
  if (view.typing !== null) return [{ text: "filter: ", look: "strong" }, { text: `${view.typing}_` }];
  const filter = view.filter === "" ? "" : `filter: ${view.filter}  `;
  const sort = view.mode === "goroutines" ? `sort: ${view.sort}  ` : "";
  const keys =
    cells >= 76 ? "? help  q quit  / filter  g group  r chans  P procs  x waits" : "? help  q quit";
  const back = view.mode === "goroutines" ? "" : "Esc back  ";
  return [{ text: `${filter}${sort}` }, { text: back + keys, look: "faint" }];
}
