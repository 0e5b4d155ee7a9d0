/**
 * explore(): runs a program under many schedules, and says which one breaks it. replay(): that one again.
 *
 * Each run is one attempt in a world of its own (world.ts): with virtual time, and with every choice that the runtime has asked of a strategy (attempt.ts, strategies.ts). A failure is run again (a program that then does something else cannot be
 * explored), made short (shrink.ts), and told as a table (narrator.ts).
 */
import { DeadlockError, GortError } from "../base/errors.ts";
import { captureStack } from "../runtime/frames.ts";
import type { Park } from "../runtime/operation.ts";
import { Attempt } from "./attempt.ts";
import { checkOutside, checkProgram } from "./bubble.ts";
import {
  ExploreError,
  HostError,
  LivelockError,
  NondeterminismError,
  ScheduleError,
  saidAt,
} from "./errors.ts";
import { order, type Plan, perform } from "./exploration.ts";
import { checkExploreOptions, type ExploreOptions, type Settings } from "./explore-options.ts";
import type { Outcome } from "./job.ts";
import { Narrator } from "./narrator.ts";
import { type Choices, misfit, parseSchedule, scheduleText } from "./schedule.ts";
import { deviations, shrink } from "./shrink.ts";
import { Given, strategyOf } from "./strategies.ts";
import { Suspects } from "./suspects.ts";

type AnyFunction = (...args: never[]) => unknown;

/** What {@link explore} has done. */
export interface Explored {
  /** How many schedules were tried. */
  readonly schedules: number;
  /** There are no others ("dfs", "round-robin"). */
  readonly exhausted: boolean;
}

/** Of a run that is replayed, unless its end is that it has none. */
const MOST_STEPS = 1_000_000;
/** Of a short schedule that is looked for from the beginning; and the share of the budget that each number of them may cost. */
const MOST_SWITCHES = 2;
const SEARCHES = 4;
/** Of an error's text that only begins in its first line. */
const MOST_LINES = 3;
/** Runs that do not end are long: so many at most are spent on them. */
const FEW_RUNS = 50;
/** Of a run that does not end the last steps are told. */
const TOLD_STEPS = 100;

/** What a failure is, in a line: that tells two of them apart, for who reads of it and for who makes a schedule short. */
function signature({ ok, value }: Outcome): string {
  if (ok) return "";
  const text = value instanceof Error ? `${value.name}: ${value.message}` : textOf(value);
  const [first = "", ...more] = text.split("\n").filter((line) => line.trim() !== "");
  // "Expected values to be strictly equal:" says little.
  return first.endsWith(":") ? [first, ...more.slice(0, MOST_LINES)].join(" ") : first;
}

/** Anything can be thrown, also what no text can be made of. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : process.getBuiltinModule("node:util").inspect(value);
}

/** Tries schedules until one fails. */
function* search(name: string, settings: Settings): Plan<Explored> {
  const strategy = strategyOf(settings.strategy, settings);
  const attempt = new Attempt(strategy);
  const usual = order(attempt);
  for (let run = 0; run < settings.schedules; run++) {
    if (!strategy.begin(run)) return { schedules: run, exhausted: true };
    attempt.restart(strategy);
    const outcome = yield usual;
    strategy.end(attempt);
    if (!outcome.ok) {
      // No schedule of another kind would help.
      if (outcome.value instanceof HostError) throw outcome.value;
      throw yield* explain(name, `schedule ${run + 1} of ${settings.schedules}`, attempt, outcome, settings);
    }
    if (settings.selfCheck) yield* again(attempt, outcome, true);
  }
  return { schedules: settings.schedules, exhausted: false };
}

/** The same choices once more. @throws NondeterminismError when that is another run, or (`strict`) could have been: it asked for the time, or for chance. */
function* again(first: Attempt, outcome: Outcome, strict: boolean): Plan<void> {
  const choices = [...first.choices];
  const { hash, extent } = first;
  let suspects = new Suspects();
  const repeated = new Attempt(new Given(choices));
  const second = yield order(repeated, false, strict ? suspects : null);
  const isSame =
    hash === repeated.hash &&
    extent === repeated.extent &&
    !repeated.isMisfit &&
    outcome.ok === second.ok &&
    signature(outcome) === signature(second);
  if (isSame && suspects.found.length === 0) return;
  if (!strict) {
    suspects = new Suspects();
    yield order(new Attempt(new Given(choices)), false, suspects);
  }
  const { found } = suspects;
  const what = isSame
    ? "a run depends on what is in no schedule"
    : `the same schedule gave two different runs: ${told(outcome)}, then ${told(second)}`;
  const why =
    found.length === 0
      ? "Something that gort does not know of has changed in between: a variable outside of the function that an earlier run has written, a file, the host"
      : `The program called ${found.join("; ")}`;
  const error = new NondeterminismError(`${what}. ${why}`);
  error.cause = outcome.ok ? second.value : outcome.value;
  throw error;
}

function told(outcome: Outcome): string {
  return outcome.ok ? "one that ended well" : `one that failed (${signature(outcome)})`;
}

/** Choices that lead to the same failure: few. */
function* shortened(failing: Attempt, wanted: string, budget: number): Plan<readonly number[]> {
  const fails = function* (attempt: Attempt): Plan<boolean> {
    const result = yield order(attempt);
    return !result.ok && signature(result) === wanted;
  };
  let best: readonly number[] = [...failing.choices];
  let left = budget;
  // Most bugs need one switch or two: those that there are may be fewer than what chance has left.
  for (let bound = 0; bound <= MOST_SWITCHES && deviations(best).length > bound; bound++) {
    const strategy = strategyOf("dfs", { seed: 0, depth: 0, bound });
    for (let run = 0; run < budget / SEARCHES && left > 0 && strategy.begin(run); run++, left--) {
      const attempt = new Attempt(strategy);
      if (!(yield* fails(attempt))) {
        strategy.end(attempt);
        continue;
      }
      if (deviations(attempt.choices).length < deviations(best).length) best = [...attempt.choices];
      bound = MOST_SWITCHES;
      break;
    }
  }
  const tries = shrink(best, left);
  for (let step = tries.next(); ; ) {
    if (step.done === true) return step.value;
    const attempt = new Attempt(new Given(step.value));
    step = tries.next((yield* fails(attempt)) ? [...attempt.choices] : null);
  }
}

/** The error for a schedule that fails: a short one that fails in the same way. */
function* explain(
  name: string,
  which: string,
  failing: Attempt,
  outcome: Outcome,
  settings: Settings,
): Plan<ExploreError> {
  yield* again(failing, outcome, false);
  const wanted = signature(outcome);
  const isEndless = outcome.value instanceof LivelockError;
  const budget = isEndless ? Math.min(settings.shrink, FEW_RUNS) : settings.shrink;
  const choices = yield* shortened(failing, wanted, budget);
  const narrator = new Narrator(isEndless ? settings.maxSteps - TOLD_STEPS : 0);
  const last = new Attempt(new Given(choices));
  narrator.attach(last);
  const { value } = yield order(last, true);
  const schedule = scheduleText(last, isEndless ? settings.maxSteps : null);
  const dump = value instanceof DeadlockError ? `\n\n${value.dump.trimEnd()}` : "";
  return new ExploreError(
    `${which} fails: ${wanted}\n\n${narrator.table}${dump}\n\nto run it again: replay(${name}, ${JSON.stringify(schedule)})`,
    schedule,
    value,
  );
}

function* repeat(schedule: Choices, text: string): Plan<unknown> {
  const given = new Given(schedule.choices);
  const attempt = new Attempt(given);
  const { ok, value } = yield order(attempt, true);
  if (attempt.isMisfit || !given.isUsedUp || attempt.hash !== schedule.hash) throw misfit(text, value);
  if (!ok) throw value;
  return value;
}

/** Errors of gort's own have the stack of the call of `below`. */
function atCaller<R>(below: AnyFunction, result: Promise<R>): Promise<R> {
  const { stack } = captureStack(below);
  return result.catch((error: unknown) => {
    throw error instanceof GortError && OWN.some((kind) => error instanceof kind)
      ? saidAt(error, stack)
      : error;
  });
}

const OWN = [ExploreError, HostError, NondeterminismError, ScheduleError];

function nameOf(fn: AnyFunction): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(fn.name) ? fn.name : "fn";
}

/**
 * Runs a program under many schedules, and rejects with the first one that fails: `fn` throws, or a goroutine for which nobody waits; all are asleep; or it never ends.
 *
 * Each run begins `fn` anew, with virtual time as in a {@link bubble}. At each operation that a goroutine waits for, another one may go on; which, and which case a select takes, is the strategy's choice. So what `fn` uses it has to make itself: what a
 * run leaves in a variable outside is there in the next.
 *
 * @param fn - a `function*`, an async function or a plain one
 * @throws ExploreError (`GORT_EXPLORE`): `schedule` for {@link replay}, `cause` what the program threw, a message with the steps; NondeterminismError (`GORT_NONDETERMINISM`) when a schedule gives two different runs;
 *   BubbleError (`GORT_BUBBLE`) inside a bubble; InvalidOptionError, InvalidNumberError, NotAFunctionError
 * @example
 * ```ts
 * await explore(function* transfer() {
 *   const account = { balance: 100 };
 *   const one = go(withdraw, account, 50);
 *   const two = go(withdraw, account, 50);
 *   yield* one;
 *   yield* two;
 *   assert.equal(account.balance, 0);
 * });
 * ```
 */
export function explore(
  fn: () => Generator<Park, unknown, unknown>,
  options?: ExploreOptions,
): Promise<Explored>;
export function explore(fn: () => PromiseLike<unknown>, options?: ExploreOptions): Promise<Explored>;
export function explore<R>(
  fn: () => R extends Generator<unknown, unknown, unknown> ? never : R,
  options?: ExploreOptions,
): Promise<Explored>;
export async function explore(fn: AnyFunction, options: ExploreOptions = {}): Promise<Explored> {
  checkProgram("explore", fn);
  const settings = checkExploreOptions(options);
  checkOutside("explore");
  return await atCaller(explore as AnyFunction, perform(fn, settings.maxSteps, search(nameOf(fn), settings)));
}

/**
 * Runs a program under one schedule: the same interleaving, the same result or error, the same stacks, every time.
 *
 * @param schedule - an ExploreError's `.schedule`
 * @throws what the program throws under it; ScheduleError (`GORT_SCHEDULE`) when the schedule does not fit the program or is none, BubbleError (`GORT_BUBBLE`) inside a bubble, NotAFunctionError
 * @example
 * ```ts
 * await replay(transfer, "1.1~k3f9x2");
 * ```
 */
export function replay<R>(fn: () => Generator<Park, R, unknown>, schedule: string): Promise<R>;
export function replay<R>(fn: () => PromiseLike<R>, schedule: string): Promise<R>;
export function replay<R>(
  fn: () => R extends Generator<unknown, unknown, unknown> ? never : R,
  schedule: string,
): Promise<R>;
export async function replay(fn: AnyFunction, schedule: string): Promise<unknown> {
  checkProgram("replay", fn);
  const choices = parseSchedule(schedule);
  checkOutside("replay");
  return await atCaller(
    replay as AnyFunction,
    perform(fn, choices.maxSteps ?? MOST_STEPS, repeat(choices, schedule)),
  );
}
