/**
 * No test waits for real time to pass: what is to happen is waited for (a handshake), or time is virtual (bubble, inTime, inFakeTime). What is about the host's own time says so here.
 *
 * A wait is setTimeout, setInterval, timers/promises, Atomics.wait with a timeout that is not a watchdog's, or gort's sleep of more than nothing and less than what no test lives to see. Programs in strings count too. A file with virtual time may call
 * `sleep`: there it takes none.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { read, root } from "./house.ts";

/** A test does not live as long: such a sleep is a case that has to lose. */
const NEVER_MS = 10_000;
/** Who imports one of these has virtual time. */
const VIRTUAL =
  /import \{[^}]*\b(?:bubble|explore|inTime|inFakeTime|overPair|over|inMemory|FakeHost|FakeTime)\b[^}]*\} from/;

/** How many waits a file has (a folder: any number), and why time has to pass there. */
const ALLOWED: Record<string, [count: number, reason: string]> = {
  "test/context/from-signal.test.ts": [1, "keeps the loop alive until an AbortSignal comes"],
  "test/context/memory.test.ts": [1, "Node's timers as takers of ctx.signal; none of them rings"],
  "test/context/programs.test.ts": [4, "processes: what of the host keeps them from a deadlock"],
  "test/context/signal.test.ts": [1, "Node's timers as takers of ctx.signal; none of them rings"],
  "test/context/wait.test.ts": [1, "a sleep that nobody waits for"],
  "test/contract/net-deadlines.ts": [2, "deadlines of real sockets: nothing has happened when they are over"],
  "test/go/net/conn.test.ts": [1, "real sockets"],
  "test/go/net/timeout.test.ts": [4, "deadlines of real sockets"],
  "test/go/runtime/proc.test.ts": [2, "timers of the host beside goroutines that never rest"],
  "test/matrix/": [Number.POSITIVE_INFINITY, "processes"],
  "test/net/alive.test.ts": [2, "processes: a peer that is late"],
  "test/net/http/serve.test.ts": [1, "real sockets: answers that overtake each other"],
  "test/net/messages.test.ts": [2, "phases of the event loop: timers, then poll"],
  "test/net/serve.test.ts": [1, "processes: a server with nothing to do"],
  "test/parallel/context.test.ts": [1, "another core asleep: nobody can see it without waking it"],
  "test/parallel/cycles.test.ts": [1, "another core that ends: it says so to the process alone"],
  "test/parallel/map-contract.ts": [9, "progress of other cores, which ring for nothing"],
  "test/parallel/map-functions.ts": [1, "the same"],
  "test/parallel/metrics.test.ts": [2, "progress of other cores, which ring for nothing"],
  "test/parallel/programs.test.ts": [3, "processes, and threads of the pool"],
  "test/parallel/work.ts": [4, "the host's timers on another core; a watchdog"],
  "test/prog/": [
    Number.POSITIVE_INFINITY,
    "processes: what of the host's keeps them alive, interrupts or ends them",
  ],
  "test/runtime/metrics.test.ts": [1, "a turn of the host's event loop that takes time"],
  "test/runtime/errors.test.ts": [2, "sleeps that nobody waits for"],
  "test/runtime/stuck-none.test.ts": [3, "the same"],
  "test/shm/crew.ts": [1, "threads that start"],
  "test/shm/lock.test.ts": [1, "threads that nap: nobody can see it without waking them"],
  "test/shm/note.test.ts": [1, "the same"],
  "test/shm/programs/hold.ts": [1, "keeps a thread alive"],
  "test/shm/programs/sleep-async.ts": [1, "a watchdog"],
  "test/soak/": [Number.POSITIVE_INFINITY, "no test: its goroutines sleep as those of programs do"],
  "test/testing/isolation.test.ts": [2, "timers of the host beside a bubble's own time"],
  "test/testing/leak-check.test.ts": [1, "async code that waits for the host"],
  "test/trace/": [Number.POSITIVE_INFINITY, "a sleep is what is recorded; processes and other cores"],
  "test/time/programs.test.ts": [3, "processes"],
  "test/web/fixtures/scenes.ts": [
    3,
    "a program to be looked at: the test waits for what its page shows, however long that takes",
  ],
};

/** The waits for real time in a source, as they are written. */
function waitsOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, "");
  const found = [
    ...code.matchAll(/\bset(?:Timeout|Interval)\(|["'](?:node:)?timers\/promises["']/g),
    ...(VIRTUAL.test(source) ? [] : code.matchAll(/(?<![.\w])sleep\(([^()]*(?:\([^()]*\))?[^()]*)\)/g)),
  ];
  return found.filter(([, ms]) => ms === undefined || isWait(ms)).map(([text]) => text);
}

function isWait(ms: string): boolean {
  const value = Number(ms.replaceAll("_", ""));
  return Number.isNaN(value) || (value > 0 && value < NEVER_MS);
}

/** What is wrong with the files: [path, source]. */
function complaints(files: Iterable<readonly [string, string]>, allowed: typeof ALLOWED): string[] {
  const left = new Map(Object.entries(allowed));
  const found: string[] = [];
  for (const [path, source] of files) {
    const waits = waitsOf(source);
    const folder = Object.keys(allowed).find((name) => name.endsWith("/") && path.startsWith(name));
    if (folder !== undefined) {
      if (waits.length > 0) left.delete(folder);
      continue;
    }
    const [count] = left.get(path) ?? [0];
    left.delete(path);
    if (waits.length > count)
      found.push(`${path} waits for real time: ${waits.join(", ")} (${count} allowed)`);
    if (waits.length < count)
      found.push(`${path} has ${waits.length} waits, and the list of this test allows ${count}`);
  }
  return [
    ...found,
    ...[...left.keys()].map((path) => `${path} is on the list of this test, and there is none`),
  ];
}

const own = "test/policy/no-sleep.test.ts";
const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .map((path) => `test/${path.replaceAll("\\", "/")}`)
  .filter((path) => /\.[cm]?[jt]s$/.test(path) && !/\.test-d\.ts$|node_modules/.test(path) && path !== own)
  .sort();

test("no test waits for real time", () => {
  assert.ok(files.length > 100);
  assert.deepEqual(
    complaints(
      files.map((path) => [path, read(path)]),
      ALLOWED,
    ),
    [],
  );
});

test("a wait is found, and what is none is not", () => {
  const wait = (source: string): number => waitsOf(source).length;
  assert.equal(wait("await new Promise((r) => setTimeout(r, 5));"), 1);
  assert.equal(wait('import { setTimeout as pause } from "node:timers/promises";'), 1);
  assert.equal(wait("const source = `yield* sleep(20);`;"), 1);
  assert.equal(wait("yield* sleep(below(3) * 2);"), 1);
  assert.equal(wait("yield* sleep(3 * SOON_MS);"), 1);
  assert.equal(wait("late: sleep(3_600_000), turn: sleep(0)"), 0);
  assert.equal(wait('import { inTime } from "../time/virtual.ts";\nyield* sleep(20);'), 0);
  assert.equal(wait("  // yield* sleep(20);\n * sleep(1)"), 0);
  assert.deepEqual(complaints([["a", "setTimeout(f)"]], { a: [1, "why"] }), []);
  assert.equal(complaints([["a", "setTimeout(f)"]], {}).length, 1);
  assert.equal(complaints([["a", ""]], { a: [1, "why"] }).length, 1);
  assert.equal(complaints([], { a: [1, "why"] }).length, 1);
  assert.deepEqual(complaints([["a/b", "setTimeout(f)"]], { "a/": [1, "why"] }), []);
  assert.equal(complaints([["a/b", ""]], { "a/": [1, "why"] }).length, 1);
});
