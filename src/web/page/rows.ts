/**
 * Which lanes are shown, in which order and where: the processors, then the goroutines that are pinned or selected.
 */
import { computed } from "@preact/signals";
import { keyOf } from "./lanes-data.ts";
import { state, watched } from "./store.ts";

export interface LaneRow {
  readonly key: string;
  readonly kind: 0 | 1;
  readonly id: number;
  /** Its upper edge on the canvas, in CSS pixels. */
  readonly y: number;
}

export const AXIS_HEIGHT = 24;
export const ROW_HEIGHT = 28;
/** Of a row, above and below its bar. */
export const MARGIN = 4;
/** Between processors and goroutines. */
export const DIVIDER = 12;

const procCount = computed(() => state.value?.procs.length ?? 0);

export const laneRows = computed<readonly LaneRow[]>(() => {
  const rows: LaneRow[] = [];
  const add = (kind: 0 | 1, id: number, y: number): void => {
    rows.push({ key: keyOf({ kind, id }), kind, id, y });
  };
  for (let id = 0; id < procCount.value; id++) add(0, id, AXIS_HEIGHT + id * ROW_HEIGHT);
  const behind = AXIS_HEIGHT + procCount.value * ROW_HEIGHT + DIVIDER;
  for (const [i, id] of watched.value.entries()) add(1, id, behind + i * ROW_HEIGHT);
  return rows;
});

export const lanesHeight = computed(() => (laneRows.value.at(-1)?.y ?? AXIS_HEIGHT) + ROW_HEIGHT + 2);
