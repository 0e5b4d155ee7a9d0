/**
 * What stacks show: the frames of the program and nothing of gort, Node or whoever asked; who made a goroutine; how long it waits.
 *
 * Answers to TestTracebackParentChildGoroutines and TestTracebackAncestors of Go's runtime tests, in what applies.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Block, parseDump, summary } from "./dump.ts";
import { output, type Settings } from "./program.ts";

/** A program that prints one dump; `@` in the source marks the lines to be looked for. */
async function dumpOf(source: string, settings?: Settings): Promise<Block[]> {
  return parseDump(
    await output(
      `import { chan, go, gosched, run, runtime, select, sleep, wait } from "gort";\n${source}`,
      settings,
    ),
  );
}

const DEEP = `const ch = chan();
  class Worker {
    *run() { yield* this.#step(); }
    *#step() { yield* helper(); }
  }
  function* helper() { yield* [1].map(() => ch.recv())[0]; }
  const worker = new Worker();
  go(function* named() { yield* worker.run(); });
  go(function* () { yield* ch.recv(); });
  const asker = () => runtime.stacks();
  go(function* asking() { yield* gosched(); process.stdout.write(asker()); });`;

const DEEP_SUMMARY = [
  "4 [running] asking > asker",
  "2 [chan receive] named > Worker.run > #step > helper",
  "3 [chan receive] <anonymous>",
];

/** Node versions name private methods in more than one way. */
const tidy = (lines: string[]): string[] =>
  lines.map((line) => line.replace(/\bWorker\.#step|\B#step/, "#step"));

describe("the frames of a stack", () => {
  it("are the program's alone, helpers and methods included, and not those of whoever asks", async () => {
    assert.deepEqual(tidy(summary(await dumpOf(DEEP))), DEEP_SUMMARY);
  });

  it("are the same under --enable-source-maps", async () => {
    assert.deepEqual(tidy(summary(await dumpOf(DEEP, { flags: ["--enable-source-maps"] }))), DEEP_SUMMARY);
  });

  it("do not depend on Error.stackTraceLimit, and leave it as it is", async () => {
    const blocks = await dumpOf(
      `Error.stackTraceLimit = 1;\n${DEEP.replace("asker()", "asker() + (Error.stackTraceLimit === 1 ? '' : 'changed')")}`,
    );
    assert.deepEqual(tidy(summary(blocks)), DEEP_SUMMARY);
  });

  it("can be had with --frozen-intrinsics", async () => {
    const text = await output(
      `import { chan, go, gosched, runtime } from "gort";
      go(function* stuck() { yield* chan().recv(); });
      go(function* () { yield* gosched(); process.stdout.write(runtime.stacks()); });`,
      { flags: ["--frozen-intrinsics", "--no-warnings"] },
    );
    assert.match(text, /goroutine 2 \[chan receive\]:\nstuck\(\.\.\.\)\n/);
  });

  it("are those of every kind of wait", async () => {
    const blocks = await dumpOf(`const ch = chan();
      const joined = go(function* one() { yield* ch.recv(); });
      go(function* two() { yield* ch.recvOk(); });
      go(function* three() { yield* select({ a: ch.recv(), b: sleep(3_600_000) }); });
      go(function* four() { yield* sleep(3_600_000); });
      go(function* five() { yield* wait(new Promise(() => {})); });
      go(function* six() { yield* joined; });
      go(function* seven() { yield* chan().send(1); });
      go(function* eight() { yield* select({}); });
      go(function* nine() { yield* gosched(); });
      go(function* ten() { process.stdout.write(runtime.stacks()); process.exit(); });
      go(function* eleven() {});`);
    assert.deepEqual(summary(blocks), [
      "11 [running] ten",
      "2 [chan receive] one",
      "3 [chan receive] two",
      "4 [select] three",
      "5 [sleep] four",
      "6 [promise] five",
      "7 [goroutine join] six",
      "8 [chan send] seven",
      "9 [select (no cases)] eight",
      "10 [runnable] nine",
      "12 [runnable]",
    ]);
  });

  it("asking changes nothing: a goroutine that has been woken still gets its value", async () => {
    const stdout = await output(`import { chan, go, run, runtime, select, sleep } from "gort";
      const ch = chan();
      const other = chan();
      await run(function* main() {
        const one = go(function* one() { return yield* ch.recv(); });
        const two = go(function* two() { return (yield* select({ a: ch.recv(), b: sleep(3_600_000) })).value; });
        const bad = go(function* three() { try { yield* other.send(1); } catch (error) { return error.message; } });
        yield* sleep(0);
        ch.trySend("x");
        runtime.stacks();
        ch.trySend("y");
        other.close();
        for (let i = 0; i < 3; i++) runtime.stacks();
        console.log(yield* one, yield* two, yield* bad);
      });`);
    assert.equal(stdout, "x y send on closed channel\n");
  });

  it("runtime.stack is the running goroutine's", async () => {
    const blocks = await dumpOf(`function helper() { process.stdout.write(runtime.stack()); }
      go(function* worker() { yield* gosched(); helper(); });`);
    assert.deepEqual(summary(blocks), ["2 [running] worker > helper"]);
  });
});

describe("the line of who made it", () => {
  it("names function, goroutine and place, also from async code and a plain callback", async () => {
    const blocks = await dumpOf(`const stuck = function* () { yield* select({}); };
      go(stuck);
      go(function* maker() { go(stuck); yield* select({}); });
      const starter = () => go(stuck);
      go(function* indirect() { starter(); yield* select({}); });
      setTimeout(function timer() { go(stuck); process.stdout.write(runtime.stacks()); }, 1);`);
    const made = blocks.map(({ id, created }) => [
      id,
      created && "line" in created ? [created.fn, created.line, created.parent] : created,
    ]);
    assert.deepEqual(
      new Map(made as [number, unknown][]),
      new Map<number, unknown>(
        [
          [2, ["<anonymous>", 3, 0]],
          [3, ["<anonymous>", 4, 0]],
          [4, ["<anonymous>", 6, 0]],
          [5, ["maker", 4, 3]],
          [6, ["starter", 5, 4]],
          [7, ["Timeout.timer", 7, 0]],
        ].map(([id, value]) => [id as number, value]),
      ),
    );
  });

  it("is the function alone when many are made at once", async () => {
    const blocks = await dumpOf(`go(function* burst() {
        for (let i = 0; i < 1500; i++) go(function* () {});
        process.stdout.write(runtime.stacks());
      });`);
    assert.equal(blocks.length, 1501);
    const last = blocks.at(-1)?.created;
    assert.deepEqual(last, { fn: "burst", parent: 2 });
    assert.equal(blocks.filter(({ created }) => created !== undefined && "line" in created).length, 1000);
  });
});

describe("the minutes of a wait", () => {
  const minutes = async (ms: number): Promise<[string, number]> => {
    const [, block] = await dumpOf(`const { clock } = await import("#src/runtime/clock.ts");
      const real = clock.read;
      clock.read = () => 5_000;
      await run(function* main() {
        go(function* () { yield* chan().recv(); });
        yield* gosched();
        clock.read = () => 5_000 + ${ms};
process.stdout.write(runtime.stacks());
        clock.read = real;
      });`);
    return [block?.status ?? "", block?.minutes ?? -1];
  };

  it("are not shown before there is one", async () =>
    assert.deepEqual(await minutes(59_000), ["chan receive", 0]));
  it("are shown from one on", async () => assert.deepEqual(await minutes(61_000), ["chan receive", 1]));
  it("are whole ones", async () => assert.deepEqual(await minutes(359_000), ["chan receive", 5]));
});
