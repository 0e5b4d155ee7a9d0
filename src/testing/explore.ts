/**
 * explore(): runs a program under many schedules, and says which one breaks it. replay(): that one again.
 *
 * Each run is one attempt in a world of its own (world.ts): with virtual time, and with every choice that the runtime has asked of a strategy (attempt.ts, strategies.ts). A failure is run again (a program that then does something else cannot be
 * explored), made short (shrink.ts), and told as a table (narrator.ts).
 */
import {
  checkFunction,
  DeadlockError,
  describe,
  InvalidNumberError,
  InvalidOptionError,
} from "../base/errors.ts";
import { forgetSites } from "../runtime/go.ts";
import type { Park } from "../runtime/operation.ts";
import { Attempt } from "./attempt.ts";
import { checkOutside } from "./bubble.ts";
import { ExploreError, HostError, LivelockError, NondeterminismError } from "./errors.ts";
import type { Job, Outcome } from "./job.ts";
import { Narrator } from "./narrator.ts";
import { networkOfBubble } from "./no-network.ts";
import { type Choices, misfit, parseSchedule, scheduleText } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { Given, STRATEGIES, type StrategyName, strategyOf } from "./strategies.ts";
import { Suspects } from "./suspects.ts";
import { World } from "./world.ts";

type AnyFunction = (...args: never[]) => unknown;

/** What {@link explore} can be told. */
export interface ExploreOptions {
  /** The most schedules that are tried; 1,000 unless told. */
  readonly schedules?: number;
  /** How they are chosen; "random" unless told. */
  readonly strategy?: StrategyName;
  /** The same seed, the same schedules; 1 unless told. */
  readonly seed?: number;
  /** "dfs": the most switches in a run where the running goroutine could have gone on; no limit unless told. */
  readonly bound?: number;
  /** "pct": how many choices have to be right for a bug to show; 3 unless told. */
  readonly depth?: number;
  /** Runs each schedule twice, to find what depends on something else: the host's clock, chance, what an earlier run has left. */
  readonly selfCheck?: boolean;
  /** After how many steps a run counts as endless; 100,000 unless told. */
  readonly maxSteps?: number;
  /** How many runs may be spent on making a failing schedule short; 500 unless told. */
  readonly shrink?: number;
}

/** What {@link explore} has done. */
export interface Explored {
  /** How many schedules were tried. */
  readonly schedules: number;
  /** There are no others ("dfs", "round-robin"). */
  readonly exhausted: boolean;
}

const DEFAULTS = {
  schedules: 1000,
  strategy: "random",
  seed: 1,
  bound: Number.POSITIVE_INFINITY,
  depth: 3,
  selfCheck: false,
  maxSteps: 100_000,
  shrink: 500,
} as const;

/** Of a run that does not end the last steps are told. */
const TOLD_STEPS = 100;

type Settings = { readonly [K in keyof ExploreOptions]-?: NonNullable<ExploreOptions[K]> };

/** An attempt that is to be run. */
interface Order {
  readonly attempt: Attempt;
  /** Stacks are to say where goroutines were made. */
  readonly detailed: boolean;
  readonly suspects: Suspects | null;
}

/** Says which attempt comes next, and hears what came of each. */
type Plan<R> = Generator<Order, R, Outcome>;

class Exploration<R> implements Job {
  world: World = null as never;
  private readonly main: AnyFunction;
  private readonly maxSteps: number;
  private readonly plan: Plan<R>;
  private readonly settle: (error: unknown, result: R | null) => void;
  private current: Order | null = null;
  private outcome: Outcome | null = null;
  private ending: (() => void) | null = null;

  constructor(
    main: AnyFunction,
    maxSteps: number,
    plan: Plan<R>,
    settle: (error: unknown, result: R | null) => void,
  ) {
    this.main = main;
    this.maxSteps = maxSteps;
    this.plan = plan;
    this.settle = settle;
  }

  next(): boolean {
    if (this.ending !== null) return false;
    let step: IteratorResult<Order, R>;
    try {
      step = this.plan.next(this.outcome as Outcome);
    } catch (error) {
      this.ending = () => this.settle(error, null);
      return false;
    }
    if (step.done === true) {
      const { value } = step;
      this.ending = () => this.settle(null, value);
      return false;
    }
    this.current = step.value;
    if (this.current.detailed) forgetSites();
    this.current.suspects?.watch();
    this.world.mostSteps = this.maxSteps;
    this.world.begin(this.main, this.current.attempt);
    return true;
  }

  /** Whoever is left when main has returned is left, as after `run`. */
  stuck(): Outcome {
    const { world } = this;
    if (world.isMainOver) return { ok: true, value: world.main?.value };
    return {
      ok: false,
      value: new DeadlockError("all goroutines are asleep - deadlock!", world.stacks()),
    };
  }

  over(outcome: Outcome): void {
    this.current?.suspects?.release();
    this.outcome = outcome;
  }

  done(): void {
    this.ending?.();
  }
}

function perform<R>(main: AnyFunction, maxSteps: number, plan: Plan<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const job = new Exploration<R>(main, maxSteps, plan, (error, result) => {
      if (error !== null) reject(error);
      else resolve(result as R);
    });
    job.world = new World(job, networkOfBubble());
    job.world.endless = () =>
      new LivelockError(
        `a run has not ended after ${maxSteps} steps: goroutines that keep each other busy for ever, or a longer program (maxSteps)`,
      );
    job.world.start();
  });
}

function order(attempt: Attempt, detailed = false, suspects: Suspects | null = null): Order {
  return { attempt, detailed, suspects };
}

/** Two runs that failed in the same way, for who reads of it. */
function signature({ ok, value }: Outcome): string {
  if (ok) return "";
  const [first = ""] = (value instanceof Error ? `${value.name}: ${value.message}` : String(value)).split(
    "\n",
  );
  return first;
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
    if (settings.selfCheck) yield* again(attempt, outcome);
  }
  return { schedules: settings.schedules, exhausted: false };
}

/** The same choices once more. @throws NondeterminismError when that is another run. */
function* again(first: Attempt, outcome: Outcome): Plan<void> {
  const repeated = new Attempt(new Given([...first.choices]));
  const second = yield order(repeated);
  if (isSame(first, outcome, repeated, second)) return;
  const suspects = new Suspects();
  yield order(new Attempt(new Given([...first.choices])), false, suspects);
  const { found } = suspects;
  const error = new NondeterminismError(
    `the same schedule gave two different runs: ${told(outcome)}, then ${told(second)}. ${
      found.length === 0
        ? "Something that gort does not know of has changed in between: a variable outside of the function that an earlier run has written, a file, the host"
        : `The program called ${found.join("; ")}`
    }`,
  );
  error.cause = outcome.ok ? second.value : outcome.value;
  throw error;
}

function told(outcome: Outcome): string {
  return outcome.ok ? "one that ended well" : `one that failed (${signature(outcome)})`;
}

function isSame(first: Choices, outcome: Outcome, second: Attempt, other: Outcome): boolean {
  return (
    outcome.ok === other.ok &&
    first.hash === second.hash &&
    !second.isMisfit &&
    signature(outcome) === signature(other)
  );
}

/** The error for a schedule that fails: a short one that fails in the same way. */
function* explain(
  name: string,
  which: string,
  failing: Attempt,
  outcome: Outcome,
  settings: Settings,
): Plan<ExploreError> {
  yield* again(failing, outcome);
  const wanted = signature(outcome);
  let choices: readonly number[] = [...failing.choices];
  const tries = shrink(choices, settings.shrink);
  for (let step = tries.next(); ; ) {
    if (step.done === true) {
      choices = step.value;
      break;
    }
    const attempt = new Attempt(new Given(step.value));
    const result = yield order(attempt);
    const isIt = !result.ok && signature(result) === wanted;
    step = tries.next(isIt ? [...attempt.choices] : null);
  }
  const isEndless = outcome.value instanceof LivelockError;
  const narrator = new Narrator(isEndless ? settings.maxSteps - TOLD_STEPS : 0);
  const last = new Attempt(new Given(choices));
  narrator.attach(last);
  const { value } = yield order(last, true);
  const schedule = scheduleText(last);
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
  checkFunction("explore", fn);
  const settings = checkOptions(options);
  checkOutside("explore");
  return await perform(fn, settings.maxSteps, search(nameOf(fn), settings));
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
  checkFunction("replay", fn);
  const choices = parseSchedule(schedule);
  checkOutside("replay");
  return await perform(fn, DEFAULTS.maxSteps * 10, repeat(choices, schedule));
}

function checkOptions(options: unknown): Settings {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError(`explore: the options are an object, got ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!(name in DEFAULTS)) {
      throw new InvalidOptionError(
        `explore: there is no option "${name}" (${Object.keys(DEFAULTS).join(", ")})`,
      );
    }
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...DEFAULTS, ...given } as Settings;
  if (!(STRATEGIES as readonly unknown[]).includes(settings.strategy)) {
    throw new InvalidOptionError(
      `explore: strategy is one of ${STRATEGIES.map((name) => `"${name}"`).join(", ")}, got ${describe(settings.strategy)}`,
    );
  }
  if (typeof settings.selfCheck !== "boolean") {
    throw new InvalidOptionError(`explore: selfCheck is true or false, got ${describe(settings.selfCheck)}`);
  }
  for (const [name, least] of [
    ["schedules", 1],
    ["maxSteps", 1],
    ["depth", 1],
    ["bound", 0],
    ["shrink", 0],
    ["seed", Number.MIN_SAFE_INTEGER],
  ] as const) {
    const value = settings[name];
    const isFine = Number.isSafeInteger(value) || (name !== "seed" && value === Number.POSITIVE_INFINITY);
    if (!isFine || value < least) {
      throw new InvalidNumberError(
        `explore: ${name} is an integer${name === "seed" ? "" : ` of at least ${least}`}, got ${describe(value)}`,
      );
    }
  }
  return settings;
}
