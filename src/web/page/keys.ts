/**
 * The keyboard, for all of the page.
 *
 * Invariants:
 *   I1  a key with Ctrl, Alt or Meta is the browser's; in a field every key is the field's; Space and Enter on a button are the button's, arrows in a table scroll it.
 *   I2  keys of one letter can be switched off (WCAG 2.1.4).
 */

import { fetchFile } from "./files.ts";
import { changeLane, followWaker, say, selectFocused, step } from "./focus.ts";
import { called } from "./names.ts";
import { asTable, helpOpen, pinned, select, selected, shortcuts, togglePin } from "./store.ts";
import { follow, following, pan, pause, zoom } from "./view.ts";

const PANELS = ["lanes", "counters", "goroutines", "channels", "waits"];

const LETTERS: Readonly<Record<string, () => void>> = {
  f: follow,
  w: () => zoom(0.7),
  s: () => zoom(1 / 0.7),
  "+": () => zoom(0.7),
  "=": () => zoom(0.7),
  "-": () => zoom(1 / 0.7),
  a: () => pan(-0.2),
  d: () => pan(0.2),
  ",": () => step(-1),
  ".": () => step(1),
  u: followWaker,
  p: pin,
  t: () => (asTable.value = !asTable.value),
  "/": () => document.getElementById("filter")?.focus(),
  "?": () => (helpOpen.value = true),
};

const SHIFTED: Readonly<Record<string, "dump" | "trace" | "perfetto">> = {
  D: "dump",
  F: "trace",
  E: "perfetto",
};

/** Where the arrows, Space and Enter belong to the lanes. */
const OTHERS: Readonly<Record<string, () => void>> = {
  ArrowLeft: () => pan(-0.2),
  ArrowRight: () => pan(0.2),
  ArrowUp: () => changeLane(-1),
  ArrowDown: () => changeLane(1),
  Enter: selectFocused,
  " ": () => (following.value ? pause() : follow()),
};

export function hearKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || helpOpen.value) return;
    const at = event.target instanceof HTMLElement ? event.target : document.body;
    if (event.key === "Escape") {
      leave(at);
      return;
    }
    if (at.matches("input, select, textarea")) return;
    const action = actionOf(event, at);
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}

function actionOf(event: KeyboardEvent, at: HTMLElement): (() => void) | undefined {
  const free = at === document.body || at.id === "lanes" || at.matches("h2");
  const isSpace = event.key === " ";
  if (event.key in OTHERS)
    return free || (isSpace && !at.matches("button, summary")) ? OTHERS[event.key] : undefined;
  if (!shortcuts.value) return event.key === "?" ? LETTERS["?"] : undefined;
  const file = event.shiftKey ? SHIFTED[event.key] : undefined;
  if (file !== undefined) return () => void fetchFile(file);
  const panel = PANELS[Number(event.key) - 1];
  if (panel !== undefined) return () => goTo(panel);
  return LETTERS[
    event.shiftKey && event.key.length === 1 && /[A-Z]/.test(event.key) ? "" : event.key.toLowerCase()
  ];
}

/** To a panel: its title, or the lanes themselves, which have keys of their own. */
function goTo(panel: string): void {
  const there =
    (panel === "lanes" && document.getElementById("lanes")) || document.getElementById(`title-${panel}`);
  there?.focus({ preventScroll: true });
  document.getElementById(`panel-${panel}`)?.scrollIntoView({ block: "start" });
}

function pin(): void {
  const id = selected.value;
  if (id === 0) {
    say("Select a goroutine first.");
    return;
  }
  togglePin(id);
  say(
    pinned.value.includes(id)
      ? `The lane of ${called(id)} is pinned.`
      : `The lane of ${called(id)} is no longer pinned.`,
  );
}

function leave(at: HTMLElement): void {
  if (at.matches("input")) at.blur();
  else select(0);
}
