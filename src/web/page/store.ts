/**
 * What the page knows and what its user has chosen, as signals: panels read them, keys and pollers write them.
 *
 * Invariants:
 *   I1  the state of the program is what it told last; nothing here is computed from events (they only paint the past).
 *   I2  once `ended` is set, nothing but the user's choices changes.
 */
import { computed, signal } from "@preact/signals";
import type { Ended, GoroutineDetail, StateReply } from "../protocol.ts";

/** The last answer. */
export const state = signal<StateReply | null>(null);
export const ended = signal<Ended | null>(null);
/** Why there is no answer, in words; "" when there is. */
export const trouble = signal("");

/** The goroutine that is looked at; 0: none. */
export const selected = signal(0);
/** What is known of it; "gone": there is none of that number any more; null: not asked yet. */
export const detail = signal<GoroutineDetail | "gone" | null>(null);
/** Goroutines with a lane of their own. */
export const pinned = signal<readonly number[]>([]);

export type Sort = "id" | "wait" | "state" | "fn";
export const filter = signal("");
export const sort = signal<Sort>("wait");
export const grouped = signal(true);

/** The lanes as rows instead of a picture. */
export const asTable = signal(false);
export const paintBy = signal<"goroutine" | "end">("goroutine");
export const helpOpen = signal(false);
export const shortcuts = signal(true);
export const theme = signal<"auto" | "dark" | "light">("auto");

/** Goroutines of a cycle: of the deadlock that ended the program, or of one inside a living program. */
export const inCycle = computed<ReadonlySet<number>>(() => new Set(state.value?.graph.cycles.flat() ?? []));
/** When the program has died of a deadlock, all but its cycle is dimmed. */
export const dimming = computed(() => ended.value?.kind === "deadlock" && inCycle.value.size > 0);

/** The goroutines whose lanes are asked for: those that are pinned, then the selected one. */
export const watched = computed<readonly number[]>(() => {
  const all = new Set(pinned.value);
  if (selected.value > 0) all.add(selected.value);
  return [...all];
});

export function select(goroutine: number): void {
  if (selected.value === goroutine) return;
  detail.value = null;
  selected.value = goroutine;
}

export function togglePin(goroutine: number): void {
  if (goroutine <= 0) return;
  const had = pinned.value.includes(goroutine);
  pinned.value = had
    ? pinned.value.filter((id) => id !== goroutine)
    : [...pinned.value, goroutine].slice(-12);
}
