/**
 * Who waits for whom: as nested lines for everybody, and drawn when it is small. Cycles come first; an edge says whether it is known or a guess.
 */
import type { Graph } from "../protocol.ts";
import { plural } from "./format.ts";
import { GoroutineButton } from "./goroutines.tsx";
import { called } from "./names.ts";
import { inCycle, select, selected, state } from "./store.ts";
import { chains, type Edge, type Line, layered } from "./waits.ts";

const MOST_LINES = 200;
/** More than this would be a hairball. */
const MOST_DRAWN = 50;

export function WaitFor() {
  const graph = state.value?.graph;
  return (
    <section class="panel" id="panel-waits" aria-labelledby="title-waits">
      <div class="panel-head">
        <h2 id="title-waits" tabIndex={-1}>
          <kbd>5</kbd> Wait-for
        </h2>
      </div>
      {graph === undefined || graph.edges.length === 0 ? (
        <p class="hint">Nobody is known to wait for another goroutine.</p>
      ) : (
        <>
          <Cycles graph={graph} />
          {graph.nodes.length <= MOST_DRAWN ? (
            <Drawing graph={graph} />
          ) : (
            <p class="hint">
              {plural(graph.nodes.length, "goroutine")}: too many to draw. The lines below say the same.
            </p>
          )}
          <Lines lines={chains(graph, MOST_LINES)} />
        </>
      )}
    </section>
  );
}

function Cycles({ graph }: { readonly graph: Graph }) {
  return (
    <>
      {graph.cycles.map((cycle) => (
        <p key={cycle.join()} class="cycle">
          <strong>⟲ Cycle:</strong>{" "}
          {[...cycle, cycle[0]!].map((id, i) => (
            <>
              {i > 0 && " waits for "}
              <GoroutineButton key={i} id={id} named />
            </>
          ))}
        </p>
      ))}
    </>
  );
}

function Lines({ lines }: { readonly lines: readonly Line[] }) {
  return (
    <ol class="chains" id="chains">
      {lines.map((line, i) => (
        <li
          key={`${i}/${line.goroutine}`}
          class={`depth-${Math.min(line.depth, 6)}${selected.value === line.goroutine ? " is-selected" : ""}`}
        >
          {line.edge === null ? null : (
            <span class={line.edge.exact ? "exact" : "guess"}>
              {line.edge.exact ? "═▶" : "┄▶"} waits for {endOf(line.edge)}
            </span>
          )}
          {line.goroutine > 0 && <GoroutineButton id={line.goroutine} named />}
          {line.again && (inCycle.value.has(line.goroutine) ? " ⟲ back to it: a cycle" : " (see above)")}
        </li>
      ))}
    </ol>
  );
}

/** What is waited for, and how its end hangs on the goroutine that follows in the line; one that is joined is that goroutine. */
function endOf({ to, object, exact }: Edge): string {
  if (to === 0) return `${object}, which many can end`;
  if (!exact) return `${object}, used before by (a guess) `;
  return object.startsWith("goroutine ") ? "" : `${object}, held by `;
}

const NODE_WIDE = 132;
const NODE_HIGH = 38;
const APART_X = 236;
const APART_Y = 64;
const PAD = 8;

function Drawing({ graph }: { readonly graph: Graph }) {
  const { nodes, layers, rows } = layered(graph);
  const at = new Map(nodes.map((node) => [node.goid, node]));
  const x = (layer: number): number => PAD + layer * APART_X;
  const y = (row: number): number => PAD + 10 + row * APART_Y;
  const width = x(layers - 1) + NODE_WIDE + PAD;
  const edges = graph.edges.flatMap((edge) => {
    const [from, to] = [at.get(edge.from), at.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ ...edge, a: from, b: to }];
  });
  const back = edges.some(({ a, b }) => b.layer <= a.layer);
  const height = y(rows - 1) + NODE_HIGH + PAD + (back ? 34 : 0);
  return (
    <section
      class="drawing"
      tabIndex={0}
      aria-label="Drawing of who waits for whom; the lines below say the same"
    >
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        <defs>
          <marker
            id="tip"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M0 0L8 4L0 8Z" class="tip" />
          </marker>
        </defs>
        {edges.map(({ a, b, object, exact }) => {
          const [ax, ay, bx, by] = [
            x(a.layer),
            y(a.row) + NODE_HIGH / 2,
            x(b.layer),
            y(b.row) + NODE_HIGH / 2,
          ];
          const goesBack = b.layer <= a.layer;
          const under = height - 14;
          const path = goesBack
            ? `M${ax + NODE_WIDE / 2} ${y(a.row) + NODE_HIGH}V${under - 8}Q${ax + NODE_WIDE / 2} ${under} ${ax + NODE_WIDE / 2 - 8} ${under}H${bx + NODE_WIDE / 2 + 8}Q${bx + NODE_WIDE / 2} ${under} ${bx + NODE_WIDE / 2} ${under - 8}V${y(b.row) + NODE_HIGH + 2}`
            : `M${ax + NODE_WIDE} ${ay}C${ax + NODE_WIDE + 50} ${ay} ${bx - 50} ${by} ${bx - 2} ${by}`;
          const [lx, ly] = goesBack
            ? [(ax + bx + NODE_WIDE) / 2, under - 5]
            : [(ax + NODE_WIDE + bx) / 2, (ay + by) / 2 - 6];
          return (
            <g key={`${a.goid}/${b.goid}/${object}`} class={exact ? "edge" : "edge guess"}>
              <path d={path} marker-end="url(#tip)" />
              <text x={lx} y={ly} text-anchor="middle">
                {short(exact ? object : `${object} ?`)}
              </text>
            </g>
          );
        })}
        {nodes.map((node) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the lines below have the buttons
          <g
            key={node.goid}
            class={`node${inCycle.value.has(node.goid) ? " in-cycle" : ""}${selected.value === node.goid ? " is-selected" : ""}`}
            onClick={() => select(node.goid)}
          >
            <rect x={x(node.layer)} y={y(node.row)} width={NODE_WIDE} height={NODE_HIGH} rx="4" />
            <text x={x(node.layer) + 8} y={y(node.row) + 16}>
              {short(called(node.goid, node.name))}
            </text>
            <text class="reason" x={x(node.layer) + 8} y={y(node.row) + 31}>
              {short(node.reason)}
            </text>
          </g>
        ))}
      </svg>
    </section>
  );
}

function short(text: string): string {
  return text.length > 17 ? `${text.slice(0, 16)}…` : text;
}
