/**
 * How a state looks: a letter, a pattern and a colour each, so that any one of them can be missing.
 *
 * Waits are put together by what ends them: a channel, a lock, a clock, the host.
 */
import { reasonText } from "../../runtime/wait-reason.ts";
import type { StateWord } from "../protocol.ts";

export type Look = "running" | "runnable" | "chan" | "lock" | "sleep" | "io" | "wait";

export const LOOKS: readonly Look[] = ["running", "runnable", "chan", "lock", "sleep", "io", "wait"];

export const LETTERS: Readonly<Record<Look, string>> = {
  running: "R",
  runnable: "Q",
  chan: "C",
  lock: "L",
  sleep: "S",
  io: "I",
  wait: "W",
};

export const WORDS: Readonly<Record<Look, string>> = {
  running: "running",
  runnable: "runnable",
  chan: "channel",
  lock: "lock",
  sleep: "sleep",
  io: "I/O",
  wait: "other wait",
};

/** The look of a wait by its reason's text. */
export function lookOfReason(reason: string): Look {
  if (/^chan |^select/.test(reason)) return "chan";
  if (/^sync\.|^semacquire/.test(reason)) return "lock";
  if (reason === "sleep") return "sleep";
  if (/^IO wait|^promise|^syscall|^worker message/.test(reason)) return "io";
  return "wait";
}

export function lookOf(state: StateWord, reason: string): Look {
  if (state === "running" || state === "runnable") return state;
  return state === "syscall" ? "io" : lookOfReason(reason);
}

/** What a table says of it. */
export function stateText(state: StateWord, reason: string): string {
  return state === "waiting" && reason !== "" ? reason : state;
}

const byNumber: Look[] = [];

/** The same by its number, for what is painted many thousand times. */
export function lookOfNumber(reason: number): Look {
  return (byNumber[reason] ??= lookOfReason(reasonText(reason)));
}

export { reasonText };
