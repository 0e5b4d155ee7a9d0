/**
 * The wait-for graph, put in order for two ways to show it: as nested lines, and as a drawing in layers.
 */
import type { Graph } from "../protocol.ts";

export type Edge = Graph["edges"][number];

export interface Line {
  readonly goroutine: number;
  readonly depth: number;
  /** How this goroutine was come to; null for the first of a chain. */
  readonly edge: Edge | null;
  /** It stands above already: the chain has closed, or joins one that was shown. */
  readonly again: boolean;
}

/** Cycles first, then whoever nobody waits for; each followed to what can end its wait. At most `most` lines. */
export function chains(graph: Graph, most: number): Line[] {
  const out = new Map<number, Edge[]>();
  for (const edge of graph.edges) out.set(edge.from, [...(out.get(edge.from) ?? []), edge]);
  const awaited = new Set(graph.edges.map((edge) => edge.to));
  const lines: Line[] = [];
  const shown = new Set<number>();
  const roots = [
    ...graph.cycles.flatMap((cycle) => cycle.slice(0, 1)),
    ...graph.nodes.map((node) => node.goid).filter((id) => !awaited.has(id)),
    ...graph.nodes.map((node) => node.goid),
  ];
  for (const root of roots) {
    if (shown.has(root) || !out.has(root)) continue;
    // A loop over a stack of its own: a chain may be long.
    const open: Line[] = [{ goroutine: root, depth: 0, edge: null, again: false }];
    while (open.length > 0 && lines.length < most) {
      const next = open.pop()!;
      const again = shown.has(next.goroutine);
      lines.push({ ...next, again });
      if (again || next.goroutine === 0) continue;
      shown.add(next.goroutine);
      for (const edge of (out.get(next.goroutine) ?? []).toReversed())
        open.push({ goroutine: edge.to, depth: next.depth + 1, edge, again: false });
    }
  }
  return lines;
}

export interface Placed {
  readonly goid: number;
  readonly name: string;
  readonly reason: string;
  readonly layer: number;
  readonly row: number;
}

/** Layers from left to right: who waits stands left of what it waits for; the edge that closes a cycle goes back. */
export function layered(graph: Graph): {
  readonly nodes: Placed[];
  readonly layers: number;
  readonly rows: number;
} {
  const layer = new Map<number, number>();
  for (const cycle of graph.cycles)
    for (const [i, id] of cycle.entries()) if (!layer.has(id)) layer.set(id, i + 1);
  const fixed = new Set(layer.keys());
  for (const { goid } of graph.nodes) if (!fixed.has(goid)) layer.set(goid, 0);
  // Each turn moves a node right of all that wait for it; cycles that are guesses stop at the number of nodes.
  for (let turn = 0, moved = true; moved && turn < graph.nodes.length; turn++) {
    moved = false;
    for (const { from, to } of graph.edges) {
      const least = (layer.get(from) ?? 0) + 1;
      if (fixed.has(to) || !layer.has(to) || from === to || layer.get(to)! >= least) continue;
      if (least > graph.nodes.length) continue;
      layer.set(to, least);
      moved = true;
    }
  }
  const used = [...new Set(layer.values())].sort((a, b) => a - b);
  const filled = new Map<number, number>();
  const nodes = [...graph.nodes]
    .sort((a, b) => Number(fixed.has(b.goid)) - Number(fixed.has(a.goid)))
    .map((node) => {
      const at = used.indexOf(layer.get(node.goid)!);
      const row = filled.get(at) ?? 0;
      filled.set(at, row + 1);
      return { ...node, layer: at, row };
    });
  return { nodes, layers: used.length, rows: Math.max(0, ...filled.values()) };
}
