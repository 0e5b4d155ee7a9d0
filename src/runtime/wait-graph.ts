/**
 * Who waits for whom, as data and as the last part of a deadlock report.
 *
 *   gort: wait-for graph (= exact, ~ seen before)
 *     G1 main  = goroutine 2
 *     G2 both  = mutex#1  = held by G3
 *     G3 both  = mutex#2  = held by G2
 *     cycle: G2 -> mutex#1 -> G3 -> mutex#2 -> G2
 *
 * `=` is a fact. `~` is the last that was seen: the lock has been given back before by another one than had got it, so whoever got it may be done with it.
 *
 * Looks at {@link MOST_LOOKED_AT} goroutines at most, those first that can be part of a cycle. One that is not looked at counts as one that can go on: so a cycle may be missed, and none is invented.
 *
 * Go: none.
 */
import { type Go, goroutinesFrom } from "./goroutine.ts";
import { blockedAmong, cyclesOf, knot, OUTSIDE, type Parked, parkedHere } from "./knot.ts";
import { G, statusWord } from "./status.ts";
import { reasonText } from "./wait-reason.ts";
import { casesOf, objectOf } from "./waited.ts";

/** So many goroutines are looked at, a microsecond or two each. */
export const MOST_LOOKED_AT = 10_000;
/** Lines of a report. */
const MOST_LINES = 100;
/** Of a cycle in it. */
const MOST_MEMBERS = 50;

/** A goroutine of the graph: one that waits, or one that is waited for. */
export interface WaitNode {
  /** 0 stands for all code outside goroutines. */
  readonly goid: number;
  readonly name: string;
  /** Why it waits, in the words of a dump; the state of one that does not ("runnable", "dead"). */
  readonly reason: string;
}

export interface WaitEdge {
  readonly from: number;
  /** Who has to go on first; null when that is not known (anybody may send to a channel), and of "holds". */
  readonly to: number | null;
  /** "waits": `from` waits at the object. "holds": it has got the object, and somebody waits for that. */
  readonly kind: "waits" | "holds";
  /** The object's label (waited.ts). */
  readonly object: string;
  readonly objectId: number;
  /** It is so. False: as far as is known. */
  readonly exact: boolean;
}

export interface WaitGraph {
  /** By number. */
  readonly nodes: readonly WaitNode[];
  readonly edges: readonly WaitEdge[];
  /** Numbers of goroutines each of which waits for the next, the last for the first: facts only (stuck.ts). */
  readonly cycles: readonly (readonly number[])[];
  /** Every goroutine that waits has been looked at. */
  readonly isComplete: boolean;
}

/** Who waits for whom on this core. */
export function waitGraph(most: number = MOST_LOOKED_AT): WaitGraph {
  const knotted = parkedHere(most, true);
  const rest = parkedHere(most - knotted.parked.length, false);
  const parked = [...knotted.parked, ...rest.parked];
  const edges = edgesOf(parked);
  const blocked = blockedAmong(knotted.parked);
  const exact = knot(blocked, ({ loose }) => !loose);
  return {
    nodes: nodesOf(parked, edges),
    edges,
    cycles: cyclesOf(blocked, exact).map(({ ring }) => ring),
    isComplete: knotted.isAll && rest.isAll,
  };
}

/** Who waits; then the same from the side of those that hold something. */
function edgesOf(parked: readonly Parked[]): WaitEdge[] {
  const waits: WaitEdge[] = [];
  const holders = new Map<string, WaitEdge>();
  for (const { g, op } of parked) {
    if (op === null) continue;
    for (const one of casesOf(op)) {
      const thing = objectOf(one);
      if (thing === null) continue;
      const { label: object, id: objectId } = thing;
      const known = waits.length;
      for (const { on, holds, loose } of one.dependences() ?? []) {
        const exact = !loose;
        for (const to of on) {
          waits.push({ from: g.id, to, kind: "waits", object, objectId, exact });
          const key = `${to} ${object}`;
          if (holds && !holders.has(key))
            holders.set(key, { from: to, to: null, kind: "holds", object, objectId, exact });
        }
      }
      if (waits.length === known)
        waits.push({ from: g.id, to: null, kind: "waits", object, objectId, exact: true });
    }
  }
  return [...waits, ...holders.values()];
}

function nodesOf(parked: readonly Parked[], edges: readonly WaitEdge[]): WaitNode[] {
  const nodes = new Map<number, WaitNode>();
  for (const { g } of parked) nodes.set(g.id, nodeOf(g));
  const missing = new Set<number>();
  for (const { to } of edges) if (to !== null && !nodes.has(to)) missing.add(to);
  if (missing.size > 0)
    for (const g of goroutinesFrom(0, missing.size, ({ id }) => missing.has(id)).found)
      nodes.set(g.id, nodeOf(g));
  for (const goid of missing) {
    if (!nodes.has(goid))
      nodes.set(goid, {
        goid,
        name: "",
        reason: goid === OUTSIDE ? "outside goroutines" : statusWord(G.dead),
      });
  }
  return [...nodes.values()].sort((a, b) => a.goid - b.goid);
}

function nodeOf(g: Go): WaitNode {
  return {
    goid: g.id,
    name: g.name,
    reason: g.state === G.waiting ? reasonText(g.reason) : statusWord(g.state),
  };
}

/** The last part of a deadlock report, with an empty line before it; "" when there is neither a cycle nor anybody who holds what others wait for. */
export function graphText(): string {
  const { nodes, edges, cycles } = waitGraph();
  if (cycles.length === 0 && !edges.some(({ kind }) => kind === "holds")) return "";
  // Who waits only for what anybody could bring has its place in the dump.
  const shown = new Set<number>();
  for (const { from, to } of edges) if (to !== null) shown.add(from).add(to);
  const names = new Map(nodes.map(({ goid, name }) => [goid, name]));
  const who = (goid: number): string => `G${goid} ${names.get(goid) ?? ""}`.trimEnd();
  const rows = edges.filter(({ kind, from }) => kind === "waits" && shown.has(from));
  const cells = rows
    .slice(0, MOST_LINES)
    .map((edge) => [who(edge.from), `= ${edge.object}`, holderText(edge, edges)]);
  const lines = columns(cells);
  if (rows.length > MOST_LINES) lines.push(`...${rows.length - MOST_LINES} more...`);
  for (const ring of cycles.slice(0, MOST_LINES)) lines.push(`cycle: ${ringText(ring, edges)}`);
  return `\ngort: wait-for graph (= exact, ~ seen before)\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** Empty for the end of a goroutine, which says already who is waited for. */
function holderText({ to, exact, object, objectId }: WaitEdge, edges: readonly WaitEdge[]): string {
  if (to === null || object === endOf(to)) return "";
  const holds = edges.some((edge) => edge.kind === "holds" && edge.from === to && edge.objectId === objectId);
  const whom = to === OUTSIDE ? "code outside goroutines" : `G${to}`;
  return `${exact ? "=" : "~"} ${holds ? "held by" : "behind"} ${whom}`;
}

function columns(cells: readonly string[][]): string[] {
  const widths = [0, 1].map((column) => Math.max(0, ...cells.map((row) => (row[column] as string).length)));
  return cells.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function ringText(ring: readonly number[], edges: readonly WaitEdge[]): string {
  const members = ring.slice(0, MOST_MEMBERS);
  const objects = new Map<string, string>();
  for (const { from, to, object } of edges) if (to !== null) objects.set(`${from} ${to}`, object);
  const steps = members.map((goid, i) => {
    const next = ring[(i + 1) % ring.length] as number;
    const object = objects.get(`${goid} ${next}`) as string;
    return object === endOf(next) ? `G${goid}` : `G${goid} -> ${object}`;
  });
  if (members.length < ring.length) steps.push(`...${ring.length - members.length} more...`);
  return [...steps, `G${ring[0]}`].join(" -> ");
}

const endOf = (goid: number): string => `goroutine ${goid}`;
