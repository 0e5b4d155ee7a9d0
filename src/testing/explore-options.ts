/**
 * What explore() can be told.
 */
import { describe, InvalidNumberError, InvalidOptionError } from "../base/errors.ts";
import { STRATEGIES, type StrategyName } from "./strategies.ts";

/** What explore() can be told. */
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
  /** How many runs may be spent on making a failing schedule short; 2,000 unless told. */
  readonly shrink?: number;
}

export const DEFAULTS: Settings = {
  schedules: 1000,
  strategy: "random",
  seed: 1,
  bound: Number.POSITIVE_INFINITY,
  depth: 3,
  selfCheck: false,
  maxSteps: 100_000,
  shrink: 2000,
};

export type Settings = { readonly [K in keyof ExploreOptions]-?: NonNullable<ExploreOptions[K]> };

/** @throws InvalidOptionError, InvalidNumberError */
export function checkExploreOptions(options: unknown): Settings {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
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
  for (const [name, least, most] of [
    ["schedules", 1, Number.POSITIVE_INFINITY],
    ["maxSteps", 1, Number.POSITIVE_INFINITY],
    ["depth", 1, 1000],
    ["bound", 0, Number.POSITIVE_INFINITY],
    ["shrink", 0, Number.POSITIVE_INFINITY],
    ["seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ] as const) {
    const value = settings[name];
    if ((Number.isSafeInteger(value) || value === most) && value >= least && value <= most) continue;
    const range = most === Number.POSITIVE_INFINITY ? ` of at least ${least}` : ` from ${least} to ${most}`;
    throw new InvalidNumberError(`explore: ${name} is an integer${range}, got ${describe(value)}`);
  }
  return settings;
}
