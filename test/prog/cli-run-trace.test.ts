/**
 * `gort run --trace FILE`: the trace of a program that knows nothing of it, whole however it ends.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readTrace, type Trace } from "#src/trace/reader.ts";
import { stepsOf } from "../trace/told.ts";
import { type Ended, FIXTURES, gort, type Options } from "./cli-gort.ts";

const folder = mkdtempSync(join(tmpdir(), "gort-cli-trace-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

async function traced(args: readonly string[], options?: Options): Promise<Ended & { trace: Trace }> {
  const file = join(folder, `${++files}.trace`);
  const ended = await gort(["run", "--trace", file, ...args], options);
  return { ...ended, trace: readTrace(readFileSync(file)) };
}

const steps = (trace: Trace): string[] => trace.machines.flatMap((machine) => stepsOf(trace, machine));

test("the program runs as it does without, and its trace begins before it", async () => {
  const { trace, ...ended } = await traced(["hello.ts", "a", "--trace", "b"]);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: "a --trace b\n", stderr: "" });
  assert.deepEqual([trace.end?.reason, trace.lost, trace.cutBytes], ["exit", 0, 0]);
  assert.equal(trace.meta?.program, join(FIXTURES, "hello.ts"));
  assert.deepEqual(steps(trace), [
    "host makes main",
    "main makes <anonymous>",
    "main waits, chan receive",
    "<anonymous> wakes main, chan receive",
    "<anonymous> has ended",
    "main has ended",
  ]);
});

test("how it ended is in it: an exit code of its own, a panic, a deadlock", async () => {
  const others = await traced(["others.ts"]);
  assert.deepEqual([others.code, others.trace.end?.reason], [7, "exit"]);
  const panic = await traced(["panic-strip.ts"]);
  assert.deepEqual([panic.code, panic.trace.end?.reason], [2, "panic"]);
  assert.ok(steps(panic.trace).includes("main has failed"), steps(panic.trace).join("\n"));
  const deadlock = await traced(["deadlock.ts"]);
  assert.deepEqual([deadlock.code, deadlock.trace.end?.reason], [2, "deadlock"]);
  assert.ok(!panic.stderr.includes(".trace") && !deadlock.stderr.includes(".trace"), "nobody has to be told");
});

test("Ctrl-C ends it with a whole trace", async () => {
  const { code, trace } = await traced(["sigint.ts"], { onOutput: (child) => child.kill("SIGINT") });
  assert.deepEqual([code, trace.end?.reason, trace.cutBytes], [130, "exit", 0]);
});

test("a program that starts a trace itself is told that there is one", async () => {
  const { stdout, code } = await traced(["traces.ts"]);
  assert.deepEqual([stdout, code], ["GORT_TRACE\n", 0]);
});

test("a file that cannot be written is bad usage, and the program does not begin", async () => {
  for (const [args, message] of [
    [
      ["--trace", join(folder, "no", "file"), "hello.ts"],
      `gort run: --trace: the file ${JSON.stringify(join(folder, "no", "file"))} cannot be written (ENOENT)\n`,
    ],
    [
      ["--trace", folder, "hello.ts"],
      `gort run: --trace: the file ${JSON.stringify(folder)} cannot be written (EISDIR)\n`,
    ],
  ] as const) {
    assert.deepEqual(await gort(["run", ...args]), { code: 64, signal: null, stdout: "", stderr: message });
  }
  for (const args of [["--trace"], ["--trace", ""], ["--trace="], ["--trace", "hello.ts"]]) {
    const { code, stdout } = await gort(["run", ...args]);
    assert.deepEqual([code, stdout], [64, ""], args.join(" "));
  }
});
