/** Handles of portable goroutines on two processors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { go, type Handle, run, runtime, wait } from "gort";
import { exportCount } from "#src/portable/references.ts";
import { turn } from "../go/support.ts";
import { program, root } from "../prog/program.ts";
import {
  type Anything,
  awaitHandle,
  instant,
  later,
  leftFar,
  newWords,
  seeHandle,
  seeHandleAsync,
  seeSame,
  signal,
} from "./crossing-work.ts";
import { far, started } from "./pairs.ts";

runtime.gomaxprocs(2);

/** The far one of two keeps a handle until it is told to forget it. */
const UNWANTED = `import { go, portable, run, runtime, sleep, wait } from "gort";
import { isMainThread } from "node:worker_threads";
const words = () => new Int32Array(new SharedArrayBuffer(64));
const flag = (w, i) => { Atomics.store(w, i, 1); Atomics.notify(w, i); };
const flagged = (w, i) => { const waited = Atomics.waitAsync(w, i, 0); return wait(Promise.resolve(waited.value)); };
function meets(w) { Atomics.add(w, 0, 1); while (Atomics.load(w, 0) < 2) Atomics.wait(w, 1, 0, 1); }
const turn = () => new Promise((resolve) => setImmediate(resolve));
export const bad = portable(function* bad() { throw new RangeError("nobody's"); });
export const keep = portable(function* keep(w, box) {
  meets(w);
  if (isMainThread) return;
  flag(w, 2);
  yield* flagged(w, 3);
  console.log("forgotten");
  box.handle = null;
  for (;;) { yield* wait(turn()); globalThis.gc(); }
});
runtime.gomaxprocs(2);
await run(function* main() {
  const w = words();
  let handle = go(bad);
  const box = { handle };
  go(keep, w, box);
  go(keep, w, box);
  yield* flagged(w, 2);
  while (handle.status !== "dead") yield* wait(turn());
  for (let i = 0; i < 5; i++) yield* wait(turn());
  console.log("failed");
  flag(w, 3);
  yield* sleep(30_000);
});
process.exit(0);`;

/** The far one of two gives a handle to the main thread and ends its thread there; it has been given another one. */
const DYING = `import { exportCount } from ${JSON.stringify(`${pathToFileURL(root)}/dist/portable/references.js`)};
import { go, portable, run, runtime, wait } from "gort";
import { isMainThread } from "node:worker_threads";
const words = () => new Int32Array(new SharedArrayBuffer(64));
const flag = (w, i) => { Atomics.store(w, i, 1); Atomics.notify(w, i); };
const flagged = (w, i) => { const waited = Atomics.waitAsync(w, i, 0); return wait(Promise.resolve(waited.value)); };
function meets(w) { Atomics.add(w, 0, 1); while (Atomics.load(w, 0) < 2) Atomics.wait(w, 1, 0, 1); }
let given;
export const never = portable(function* never(w) { yield* flagged(w, 7); });
export const take = portable(function* take(w, meeting, handle) {
  meets(meeting);
  if (!isMainThread) return;
  given = handle;
  flag(w, 3);
  try { yield* handle; } catch (error) { console.log(error.code); }
  flag(w, 5);
});
export const die = portable(function* die(w, mine) {
  meets(w);
  if (isMainThread) return;
  const handle = go(never, w);
  const meeting = words();
  go(take, w, meeting, handle);
  go(take, w, meeting, handle);
  yield* flagged(w, 3);
  globalThis.kept = mine;
  process.exit(3);
});
runtime.gomaxprocs(2);
await run(function* main() {
  const w = words();
  const mine = go(never, w);
  const both = [go(die, w, mine), go(die, w, mine)].map((g) => go(function* () { try { yield* g; } catch {} }));
  yield* flagged(w, 5);
  try { yield* given; } catch (error) { console.log(error.code); }
  for (const g of both) yield* g;
  console.log(mine.status === "waiting" || mine.status === "running" ? "waiting" : mine.status);
  console.log(exportCount());
});
process.exit(0);`;

describe("a handle on another core", () => {
  it("has the goroutine's number, name and status, and gives its result any number of times", async () => {
    await run(function* () {
      const words = newWords();
      const handle = go(later, words, { rows: [1] }, false);
      const both = yield* started((meeting) => go(seeHandle, meeting, handle));
      signal(words, 2);
      const seen = yield* far<Anything[]>(both);
      assert.deepEqual(seen, [handle.id, "later", "running", "dead", { rows: [1] }, true]);
    });
  });

  it("throws the goroutine's error, which then is waited for", async () => {
    await run(function* () {
      const words = newWords();
      const handle = go(later, words, "why", true);
      const both = yield* started((meeting) => go(seeHandle, meeting, handle));
      signal(words, 2);
      const seen = yield* far<Anything[]>(both);
      assert.ok(seen[4] instanceof RangeError);
      assert.deepEqual([seen[3], seen[4].message, seen[4].cause, seen[5]], ["dead", "later", "why", true]);
    });
  });

  it("gives the result of a goroutine that has ended before", async () => {
    await run(function* () {
      const handle = go(instant, 7);
      yield* handle;
      const seen = yield* far<Anything[]>(yield* started((words) => go(seeHandle, words, handle)));
      assert.deepEqual(seen.slice(2), ["dead", "dead", 7, true]);
    });
  });

  it("can be awaited", async () => {
    await run(function* () {
      const words = newWords();
      const handle = go(later, words, "async", false);
      const both = yield* started((meeting) => go(seeHandleAsync, meeting, handle));
      signal(words, 2);
      assert.deepEqual(yield* far<Anything>(both), ["async"]);
    });
  });

  it("is one object however often it comes, and at home the original", async () => {
    await run(function* () {
      const handle = go(instant, 1);
      const words = newWords();
      const both = [
        go(seeSame, words, handle, { inside: handle }),
        go(seeSame, words, handle, { inside: handle }),
      ];
      const { same, home } = yield* far<{ same: boolean; home: unknown }>(both);
      assert.ok(same);
      assert.equal(home, handle);
      yield* handle;
    });
  });

  for (const procs of [1, 2]) {
    it(`of a goroutine that is not portable is refused: ${procs} processors`, async () => {
      runtime.gomaxprocs(procs);
      try {
        await run(function* () {
          const local = go(function* mine() {
            return 1;
          });
          assert.throws(() => go(awaitHandle, local), {
            code: "GORT_NOT_SENDABLE",
            message:
              /^argument 1 of awaitHandle is the handle of goroutine \d+ \(mine\), which is not portable: /,
          });
          assert.equal(yield* go(awaitHandle, go(instant, 5)), 5);
        });
      } finally {
        runtime.gomaxprocs(2);
      }
    });
  }

  it("throws ProcessorLostError when the goroutine's processor dies, whoever waits then or later; its own stand-ins go", async () => {
    const { stdout, code } = await program(DYING);
    assert.deepEqual([stdout, code], ["GORT_PROCESSOR_LOST\nGORT_PROCESSOR_LOST\nwaiting\n0\n", 0]);
  });

  it("keeps an error until nobody can wait for it any more, and then it is a panic", async () => {
    const { stdout, stderr, code } = await program(UNWANTED, { flags: ["--expose-gc"] });
    assert.deepEqual([stdout, code], ["failed\nforgotten\n", 2]);
    assert.match(stderr, /^panic: RangeError: nobody's\n\ngoroutine \d+ \[running\]:\nbad\(/);
  });

  it("leaves nothing behind when it has been let go of", async () => {
    await run(function* () {
      for (let round = 0; round < 10; round++) {
        const all: Handle<unknown>[] = [];
        for (let i = 0; i < 200; i++) all.push(go(awaitHandle, go(instant, i)));
        for (let i = 0; i < 200; i++) assert.equal(yield* all[i] as Handle<unknown>, i);
      }
      const words = newWords();
      yield* far([go(leftFar, words), go(leftFar, words)]);
      for (let i = 0; i < 10 && exportCount() > 0; i++) yield* wait(turn());
      assert.equal(exportCount(), 0);
    });
  });
});
