/**
 * A schedule as text: the choices of a run that are not the usual ones, and a check.
 *
 *   "3.1-a.2~1x8f2k"     at the 4th choice the second of those that there were, ten choices later the third; numbers are of base 36
 *
 * The usual choice is 0: whoever runs goes on, else who has been ready longest goes on, and a select takes the first case that is ready. The check is a hash over how many there were to choose from each time: when the program has changed so that
 * the choices are others, it does not fit.
 */
import { describe } from "../base/errors.ts";
import { ScheduleError } from "./errors.ts";

/** What a run is made of. */
export interface Choices {
  /** The choice that was made each time. */
  readonly choices: readonly number[];
  /** See above. */
  readonly hash: number;
}

const NONE = "0";
const SCHEDULE = /^(?:0|[0-9a-z]+\.[0-9a-z]+(?:-[0-9a-z]+\.[0-9a-z]+)*)~[0-9a-z]+(?:~[0-9a-z]+)?$/;
/** More than any run has. */
const MOST = 1e8;

/** `maxSteps`: the run has no end, and this is where it was cut off. */
export function scheduleText({ choices, hash }: Choices, maxSteps: number | null = null): string {
  const parts: string[] = [];
  let last = 0;
  for (const [i, choice] of choices.entries()) {
    if (choice === 0) continue;
    parts.push(`${(i - last).toString(36)}.${choice.toString(36)}`);
    last = i;
  }
  const cut = maxSteps === null ? "" : `~${maxSteps.toString(36)}`;
  return `${parts.length === 0 ? NONE : parts.join("-")}~${(hash >>> 0).toString(36)}${cut}`;
}

/** @throws ScheduleError (`GORT_SCHEDULE`) when it is none */
export function parseSchedule(text: unknown): Choices & { readonly maxSteps: number | null } {
  if (typeof text !== "string" || !SCHEDULE.test(text)) {
    throw new ScheduleError(
      `${typeof text === "string" ? JSON.stringify(text) : describe(text)} is no schedule: take the one that an ExploreError has as its .schedule, like "3.1-a.2~1x8f2k"`,
    );
  }
  const [list, check, cut] = text.split("~") as [string, string, string | undefined];
  const choices: number[] = [];
  if (list !== NONE) {
    for (const part of list.split("-")) {
      const [gap, choice] = part.split(".").map((digits) => Number.parseInt(digits, 36)) as [number, number];
      const at = (choices.length === 0 ? 0 : choices.length - 1) + gap;
      if (at > MOST)
        throw new ScheduleError(`${JSON.stringify(text)} is no schedule: it is longer than any run`);
      while (choices.length < at) choices.push(0);
      choices[at] = choice;
    }
  }
  const maxSteps = cut === undefined ? null : Math.min(Number.parseInt(cut, 36), MOST);
  return { choices, hash: Number.parseInt(check, 36) | 0, maxSteps };
}

/** What is said when a schedule does not fit. */
export function misfit(text: string, cause: unknown): ScheduleError {
  const error = new ScheduleError(
    `the schedule "${text}" no longer fits the program: it has other choices by now (it has been changed, or does something else each time); run explore again to get a new one`,
  );
  error.cause = cause;
  return error;
}
