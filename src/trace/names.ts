/**
 * Names in events: functions, regions, tasks, messages, as numbers that mean the same on all cores (shm/names.ts).
 *
 * They are kept for the life of the process, so there is an end to how many different ones there may be: a log message that is new each time would fill the memory otherwise.
 */

import { load } from "../shm/atomic.ts";
import { HOME } from "../shm/layout.ts";
import { internedName, numberOf } from "../shm/names.ts";
import { home } from "../shm/region.ts";
import { MOST_NAMES } from "./events.ts";

/** A name is cut there. */
const LONGEST = 1000;
const MOST_TEXTS = 20_000;

const numbers = new Map<string, number>();
/** The last function that was asked for: goroutines are mostly made by the many. */
const last: { name: string; number: number } = { name: "", number: 0 };

/** The number of a function's name; 0 when there are too many. */
export function nameOfFunction(name: string): number {
  if (name !== last.name || name === "") {
    last.name = name;
    last.number = nameNumber(name === "" ? "<anonymous>" : name);
  }
  return last.number;
}

/** The number of a short text that is one of few: a name or a category. 0: there are too many. */
export function nameNumber(text: string): number {
  const number = textNumber(text);
  return number > MOST_NAMES ? 0 : number;
}

/** The number of any text; of those that come after too many others that of one which says so. */
export function textNumber(text: string): number {
  let number = numbers.get(text);
  if (number !== undefined) return number;
  const isNew = load(home().words, HOME.interned) < MOST_TEXTS;
  // 0 stands for none, and shared memory counts from 0.
  number = numberOf(isNew ? text.slice(0, LONGEST) : "(more texts than a trace keeps)") + 1;
  if (isNew) numbers.set(text, number);
  return number;
}

/** The names from number `first` on that this process has by now. */
export function namesFrom(first: number): string[] {
  const found: string[] = [];
  const count = load(home().words, HOME.interned);
  for (let number = Math.max(1, first); number <= count; number++) found.push(internedName(number - 1));
  return found;
}
