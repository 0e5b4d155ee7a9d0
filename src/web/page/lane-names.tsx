/** The names beside the lanes: what a processor runs now, and goroutines with a button that takes their lane away. */

import type { ProcRow } from "../protocol.ts";
import { plural } from "./format.ts";
import { nameOf } from "./names.ts";
import { AXIS_HEIGHT, laneRows } from "./rows.ts";
import { pinned, select, selected, state, togglePin } from "./store.ts";

export function LaneNames() {
  return (
    <ul class="lane-names" style={{ paddingTop: `${AXIS_HEIGHT}px` }}>
      {laneRows.value.map((row, i) => {
        const first = row.kind === 1 && laneRows.value[i - 1]?.kind === 0;
        return (
          <li key={row.key} class={`lane-name${first ? " first-goroutine" : ""}`}>
            {row.kind === 0 ? (
              <Proc row={state.value?.procs[row.id]} id={row.id} />
            ) : (
              <Goroutine id={row.id} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Proc({ row, id }: { readonly row: ProcRow | undefined; readonly id: number }) {
  return (
    <>
      <b title={row === undefined ? "" : `${plural(row.runq, "goroutine")} queued, thread ${row.machine}`}>
        P{id}
      </b>
      <span class="runs">
        {row !== undefined && row.running > 0 ? (
          <button type="button" class="link" onClick={() => select(row.running)}>
            G{row.running} <span class="fn">{row.runningName}</span>
          </button>
        ) : (
          "idle"
        )}
      </span>
    </>
  );
}

function Goroutine({ id }: { readonly id: number }) {
  const isPinned = pinned.value.includes(id);
  return (
    <>
      <button
        type="button"
        class="star"
        aria-pressed={isPinned}
        aria-label={`Keep the lane of G${id}`}
        onClick={() => togglePin(id)}
      >
        {isPinned ? "★" : "☆"}
      </button>
      <button
        type="button"
        class={`link runs${selected.value === id ? " is-selected" : ""}`}
        onClick={() => select(id)}
      >
        G{id} <span class="fn">{nameOf(id)}</span>
      </button>
    </>
  );
}
