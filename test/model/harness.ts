/**
 * Models as tests: one that is to hold, and one with a defect planted that is to be found.
 *
 * A failure says how to run its schedule again:
 *
 *   GORT_MODEL_REPLAY=<schedule> node scripts/test.mjs model --test-name-pattern="<program>: <model> holds"
 *
 * GORT_MODEL=deep runs them without a limit, or with one that takes minutes.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { WHOLE_LOCKS } from "./bundle.ts";
import { type Exploration, explore, Failure } from "./explorer.ts";
import { Instance, load, type Program } from "./instance.ts";
import { mutations } from "./mutations.ts";
import { tableOf, textOf } from "./report.ts";

const DEEP = process.env["GORT_MODEL"] === "deep";
const REPLAY = process.env["GORT_MODEL_REPLAY"];

export interface Bounds {
  /** Schedules at most (where a thread dies: for each moment of it); without a bound all of them. */
  readonly schedules?: number;
  /** A bound also with GORT_MODEL=deep. */
  readonly deepest?: number;
  /** "whole": to lock is one step (bundle.ts, WHOLE_LOCKS). */
  readonly locks?: "real" | "whole";
}

/** The model `name` of programs/`program`.ts holds in every schedule. */
export function holds(program: string, name: string, bounds: Bounds = {}): void {
  const limit = DEEP ? bounds.deepest : bounds.schedules;
  const what = limit === undefined ? "every schedule" : `${limit} schedules`;
  const locks = bounds.locks === "whole" ? ", locked in one step" : "";
  it(`${program}: ${name} holds in ${what}${locks}`, { timeout: DEEP ? 3_600_000 : 60_000 }, async (t) => {
    const compiled = await load(program, bounds.locks === "whole" ? WHOLE_LOCKS : []);
    const begin = process.hrtime.bigint();
    const found = exploreAll(compiled, program, name, limit);
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    t.diagnostic(
      `${program} ${name}: ${found.schedules} schedules (and ${found.redundant} given up), ${found.steps} steps, at most ${found.longest} each, ${seconds.toFixed(1)} s, ${found.exhausted ? "exhausted" : "bounded"}`,
    );
    assert.ok(found.exhausted || limit !== undefined);
    assert.ok(found.schedules > 1, "one schedule shows nothing");
  });
}

/** The defect `mutation` (mutations.ts) is found by the model `name`, as something that `what` fits. */
export function finds(mutation: string, program: string, name: string, what: RegExp): void {
  it(`${program}: ${name} finds ${mutation}`, async (t) => {
    const patches = mutations[mutation];
    assert.ok(patches, `no mutation ${mutation}`);
    const compiled = await load(program, patches);
    const count = Instance.countOf(compiled, name);
    for (const diesAt of Instance.deathsOf(compiled, name)) {
      const instance = new Instance(compiled, name, count, diesAt);
      try {
        explore(instance, { schedules: diesAt === undefined ? 300_000 : 2000, steps: 400 });
      } catch (failure) {
        assert.ok(failure instanceof Failure, String(failure));
        assert.match(failure.message, what);
        // The schedule that it says is the same again, step by step.
        assert.equal(tableOf(instance, failure).split("\n").length, failure.schedule.length);
        t.diagnostic(
          `${failure.message} after ${failure.schedule.length} steps: ${textOf(failure.schedule)}`,
        );
        return;
      }
    }
    assert.fail("it was not found");
  });
}

/** All schedules; for each moment of death, where the first thread dies. */
function exploreAll(
  compiled: Program,
  program: string,
  name: string,
  limit: number | undefined,
): Exploration {
  const count = Instance.countOf(compiled, name);
  let sum: Exploration = { schedules: 0, redundant: 0, steps: 0, longest: 0, exhausted: true };
  for (const diesAt of Instance.deathsOf(compiled, name)) {
    const instance = new Instance(compiled, name, count, diesAt);
    if (REPLAY !== undefined) replay(instance, REPLAY);
    const found = run(instance, `${program}: ${name} holds`, limit);
    sum = {
      schedules: sum.schedules + found.schedules,
      redundant: sum.redundant + found.redundant,
      steps: sum.steps + found.steps,
      longest: Math.max(sum.longest, found.longest),
      exhausted: sum.exhausted && found.exhausted,
    };
  }
  return sum;
}

function run(instance: Instance, title: string, limit: number | undefined): Exploration {
  try {
    return explore(instance, limit === undefined ? {} : { schedules: limit });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Error(
      `${error.message}\n${tableOf(instance, error)}\nTo run this schedule again: GORT_MODEL_REPLAY=${replayOf(instance, error)} node scripts/test.mjs model --test-name-pattern="${title}"`,
      { cause: error },
    );
  }
}

/** The moment of death, if there is one, and the thread of each step. */
function replayOf({ diesAt }: Instance, { schedule }: Failure): string {
  return `${diesAt === undefined ? "" : `${diesAt}:`}${textOf(schedule)}`;
}

/** Runs one schedule: where a debugger stops. */
function replay(instance: Instance, text: string): void {
  const [steps = "", death] = text.split(":").reverse();
  if (death !== undefined && Number(death) !== instance.diesAt) return;
  console.log(tableOf(instance, new Failure("replayed", [...steps].map(Number))));
  instance.end(instance.threads.unfinished);
}
