/**
 * A test's main goroutine under many schedules: what holds in whatever order goroutines run is asked of many orders (test/testing/facts.ts runs the tests so).
 *
 * A schedule takes as long as the program has operations, so there are as many of them as fit in a moment. Which ones they are is always the same: the first of one list.
 */
import type { Goroutine } from "gort";
import { explore, settle } from "gort/testing";

/** Tests are to run under explored schedules. */
const isAsked = process.env["GORT_TEST_EXPLORED"] === "1";

/** Schedules of one strategy. */
const MOST = 200;
/** Between two looks at the clock. */
const PORTION = 10;
/** Milliseconds after which a strategy has had its turn. */
const MOMENT_MS = 10;
/** Switches where nobody has to give way: most of what goes wrong goes wrong with two (Musuvathi and Qadeer, 2007). */
const BOUND = 2;
/** Some of Go's facts are long. */
const MOST_STEPS = 2_000_000;

let exploring = false;
let settling = false;

/** `main` under many schedules, where that is asked for; otherwise null. */
export function explored(main: () => Goroutine): (() => Promise<void>) | null {
  return isAsked ? () => tryAll(main) : null;
}

async function tryAll(main: () => Goroutine): Promise<void> {
  exploring = true;
  try {
    const begin = performance.now();
    // Each list begins with the usual schedule.
    let tried = 2;
    await explore(main, { schedules: tried, maxSteps: MOST_STEPS });
    for (let seed = 2; tried < MOST && performance.now() - begin < MOMENT_MS; seed++, tried += PORTION) {
      await explore(main, { seed, schedules: PORTION, maxSteps: MOST_STEPS });
    }
    if (tried > PORTION) {
      await explore(main, { strategy: "dfs", bound: BOUND, schedules: tried, maxSteps: MOST_STEPS });
    }
  } finally {
    exploring = false;
  }
}

/** While schedules are explored: comes back when nobody else can go on, and says so. */
export function* restExplored(): Goroutine<boolean> {
  if (!exploring || settling) return false;
  settling = true;
  try {
    yield* settle();
  } finally {
    settling = false;
  }
  return true;
}
