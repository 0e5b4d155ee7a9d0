/**
 * The soak: rounds of scenes beside each other, chosen by a seed, until the time is up; then nothing may be left of them.
 *
 *   node --expose-gc build/test/soak/main.js --minutes 3 --seed 7 [--round 12] [--only channels,maps]
 *
 * What a round does follows from the seed and its number, but for the order in which threads come; so `--seed S --round R` runs the scenes of the round that failed again, and again and again after it others.
 * Started by scripts/soak.mjs, which sees to it that the process ends by itself.
 */
import { parseArgs } from "node:util";
import { type Goroutine, go, run, runtime, sleep, wait } from "gort";
import { left, type Memory, memory, underWay } from "./account.ts";
import { Chance } from "./chance.ts";
import * as far from "./far-scenes.ts";
import * as local from "./local-scenes.ts";
import * as net from "./net-scenes.ts";
import { planted } from "./planted-scenes.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    seed: { type: "string" },
    round: { type: "string", default: "0" },
    only: { type: "string" },
  },
});

const seed = Number(options.seed ?? Math.floor(Math.random() * 0x7fffffff));
const minutes = Number(options.minutes);
const firstRound = Number(options.round);
if (!Number.isSafeInteger(seed) || !(minutes > 0) || !Number.isSafeInteger(firstRound)) {
  console.error("soak: --minutes N, --seed S and --round R are numbers");
  process.exit(64);
}

/** A round that takes longer hangs. */
const ROUND_MS = 60_000;
/** Rounds before memory is looked at for the first time. */
const WARM = 10;
const PROGRESS_MS = 10_000;
/** What may come on top between the middle and the end without being a leak: compiled code, threads for blocking calls, their heaps. */
const GROWTH = { heapMB: 16, rssMB: 400, pages: 256 } as const;
/** Pages of shared memory that a thread takes along when it dies: the free blocks that it kept for itself (slab.ts). */
const PAGES_A_DEATH = 2;

const { deaths, seen, ...farScenes } = far;
const { locals, others } = { locals: { ...local, ...net }, others: farScenes };
const scenes: Record<string, local.Scene> = { ...locals, ...others, deaths, ...planted };
const only = options.only?.split(",");
const unknown = only?.find((name) => !(name in scenes));
if (unknown !== undefined) {
  console.error(`soak: no scene is called ${unknown}: there are ${Object.keys(scenes).join(", ")}`);
  process.exit(64);
}

let round = firstRound;
let names: readonly string[] = [];
let interrupted = false;
const ran: Record<string, number> = {};

function fail(what: unknown, scene?: string): never {
  const text = what instanceof Error ? (what.stack ?? String(what)) : String(what);
  console.log(
    `\nsoak: round ${round} failed (${names.join(", ")})\n${scene === undefined ? "" : `${scene}: `}${text}`,
  );
  if (what instanceof Error && what.cause !== undefined) console.log("cause:", what.cause);
  console.log(
    `\nto run it again: npm run soak -- --seed ${seed} --round ${round}${options.only ? ` --only ${options.only}` : ""}`,
  );
  process.exit(1);
}

/** Which scenes a round has. Where a core dies others of several cores would, too. */
function scenesOf(chance: Chance): string[] {
  const pick = (from: readonly string[], count: number): string[] =>
    Array.from({ length: count }, () => chance.of(from));
  if (only !== undefined) return pick(only, 1 + chance.below(5));
  if (chance.below(8) === 0) return ["deaths", ...pick(Object.keys(locals), chance.below(4))];
  return pick([...Object.keys(locals), ...Object.keys(others)], 1 + chance.below(8));
}

/** Waits until nothing is under way but who asks; what has been let go of may take a moment, on other cores too. */
function* quiet(): Goroutine<string[]> {
  let found = left({ goroutines: 1 });
  for (let i = 0; i < 200 && found.length > 0; i++) {
    yield* sleep(i < 20 ? 0 : 10);
    found = left({ goroutines: 1 });
  }
  return found;
}

function* oneRound(): Goroutine {
  const chance = new Chance(seed, round);
  names = scenesOf(chance);
  const begun = names.map((name) => {
    ran[name] = (ran[name] ?? 0) + 1;
    return { name, end: go(scenes[name] as local.Scene, chance.fork()) };
  });
  // All are waited for at once: one that fails is told, while others may never end because of it.
  for (const { name, end } of begun) end.then(undefined, (error: unknown) => fail(error, name));
  for (const { name, end } of begun) {
    try {
      yield* end;
    } catch (error) {
      fail(error, name);
    }
  }
  const found = yield* quiet();
  if (found.length > 0) fail(`after the round there is left: ${found.join("; ")}\n${runtime.stacks()}`);
}

function* soak(): Goroutine<[Memory, Memory]> {
  const from = performance.now();
  const until = from + minutes * 60_000;
  let told = from;
  let middle: Memory | null = null;
  for (; performance.now() < until && !interrupted; round++) {
    const watchdog = setTimeout(() => {
      console.log(runtime.stacks());
      fail(`it has not ended after ${ROUND_MS / 1000} s; under way: ${JSON.stringify(underWay())}`);
    }, ROUND_MS).unref();
    yield* oneRound();
    clearTimeout(watchdog);
    if (performance.now() - told > PROGRESS_MS) {
      told = performance.now();
      const { heapMB, rssMB, pages } = memory();
      console.log(
        `${Math.round((told - from) / 1000)} s: ${round + 1 - firstRound} rounds, heap ${heapMB.toFixed(0)} MB, RSS ${rssMB.toFixed(0)} MB, ${pages} pages of shared memory`,
      );
    }
    const isMiddle = performance.now() - from > (minutes * 60_000) / 2 && round - firstRound >= WARM;
    if (middle === null && isMiddle) middle = yield* rested();
  }
  const end = yield* rested();
  return [middle ?? end, end];
}

/** Memory when finalizers have run, here and elsewhere. */
function* rested(): Goroutine<Memory> {
  for (let i = 0; i < 5; i++) {
    memory();
    yield* sleep(20);
  }
  return memory();
}

/** What keeps the process alive; in the end nothing may, but its own output. */
async function handles(): Promise<string[]> {
  let found: string[] = [];
  for (let i = 0; i < 20; i++) {
    // Not in the timer's callback: there it is still one of them.
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = process
      .getActiveResourcesInfo()
      .filter((name) => !/^(?:PipeWrap|TTYWrap|SignalWrap)$/.test(name));
    if (found.length === 0) break;
  }
  return found;
}

console.log(`soak: --seed ${seed}, ${minutes} minutes`);
// A goroutine of a scene that nobody waits for yet: a panic.
process.on("uncaughtException", (error) => fail(error));
process.once("SIGINT", () => {
  interrupted = true;
  console.log("soak: interrupted, ends with this round");
});

const [middle, end] = await run(soak);
await run(function* () {
  runtime.gomaxprocs(1);
  yield* wait(new Promise((resolve) => setImmediate(resolve)));
});
process.removeAllListeners("SIGINT");

const wrong = left().map((what) => `in the end there is left: ${what}`);
for (const name of ["heapMB", "rssMB", "pages"] as const) {
  const grown = end[name] - middle[name];
  const lost = name === "pages" ? seen.deaths * PAGES_A_DEATH : 0;
  if (grown > GROWTH[name] + lost)
    wrong.push(
      `${name} has grown from ${middle[name].toFixed(1)} to ${end[name].toFixed(1)} since the middle`,
    );
}
const resources = await handles();
if (resources.length > 0) wrong.push(`handles are left: ${resources.join(", ")}`);

const table = Object.entries(ran).sort(([a], [b]) => (a < b ? -1 : 1));
console.log(
  `soak: ${round - firstRound} rounds; ${table.map(([name, count]) => `${name} ${count}`).join(", ")}`,
);
if (wrong.length > 0) fail(wrong.join("\n"));
console.log("soak: nothing lost, nothing left");
