/**
 * Programs whose goroutines are all asleep: the report, its dump, the exit code; and main leaving through goexit.
 *
 * Answers to TestSimpleDeadlock, TestInitDeadlock, TestGoexitDeadlock, TestGoexitExit and TestNoHelperGoroutines of Go's
 * runtime/crash_test.go.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDump, parseReport, summary } from "./dump.ts";
import { output, program } from "./program.ts";

const ALL_ASLEEP = "all goroutines are asleep - deadlock!";
const NO_GOROUTINES = "no goroutines (main called runtime.Goexit) - deadlock!";

describe("a deadlock in the command", () => {
  it("prints Go's report and ends with code 2", async () => {
    const source = `import { chan } from "gort";
      export function* main() {
        yield* chan().recv();
      }`;
    const { code, stdout, stderr, file } = await program(source, { command: true });
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.equal(
      stderr.replace(/:\d+\n$/, "\n"),
      `fatal error: ${ALL_ASLEEP}\n\ngoroutine 1 [chan receive]:\nmain(...)\n\t${file}:3\n`,
    );
  });

  it("is found when main waits for nothing at all", async () => {
    const source = `import { select } from "gort";
      export function* main() { yield* select({}); }`;
    const { code, stderr } = await program(source, { command: true });
    assert.equal(code, 2);
    assert.deepEqual(summary(parseReport(stderr).blocks), ["1 [select (no cases)] main"]);
  });

  it("lists every goroutine, why it waits, where, and who made it", async () => {
    const source = `import { chan, go, select } from "gort";
      const ch = chan();
      const full = chan(1);
      function* receiver() { yield* ch.recv(); }
      function* sender() { yield* full.send(1); yield* full.send(2); }
      function* chooser() { yield* select({ a: ch.recv(), b: full.send(3) }); }
      function* spawner() { yield* go(receiver); }
      async function waiter() { await ch.recv(); }
      function* outer() { yield* inner(); }
      function* inner() { yield* ch.recv(); }
      export function* main() {
        go(sender);
        go(chooser);
        go(spawner);
        go(waiter);
        yield* outer();
      }`;
    const { code, stderr, file } = await program(source, { command: true });
    assert.equal(code, 2);
    const { message, blocks } = parseReport(stderr);
    assert.equal(message, ALL_ASLEEP);
    assert.deepEqual(summary(blocks), [
      "1 [chan receive] main > outer > inner",
      "2 [chan send] sender",
      "3 [select] chooser",
      "4 [goroutine join] spawner",
      "5 [promise]",
      "6 [chan receive] receiver",
      "external 1 [chan receive]",
    ]);
    assert.deepEqual(
      blocks[0]?.frames.map(({ file, line }) => `${file}:${line}`),
      [`${file}:10`, `${file}:9`, `${file}:16`],
    );
    assert.equal(blocks[0]?.created, undefined);
    assert.deepEqual(blocks[1]?.created, { fn: "main", file, line: 12, parent: 1 });
    assert.deepEqual(blocks[5]?.created, { fn: "spawner", file, line: 7, parent: 4 });
  });
});

describe("a deadlock in a program of its own", () => {
  it("rejects run with the dump, and the program goes on", async () => {
    const stdout = await output(`import { chan, DeadlockError, run } from "gort";
      try {
        await run(function* main() { yield* chan().send(1); });
      } catch (error) {
        console.log(error instanceof DeadlockError, error.code, error.name, error.message);
        process.stdout.write(error.dump);
      }
      await run(function* main() { console.log("another run"); });`);
    const [first, ...rest] = stdout.split("\n");
    assert.equal(first, `true GORT_DEADLOCK DeadlockError ${ALL_ASLEEP}`);
    assert.equal(rest.at(-2), "another run");
    assert.deepEqual(summary(parseDump(`${rest.slice(0, -2).join("\n")}\n`)), ["1 [chan send] main"]);
  });

  it("that does not catch it is ended by Node, with the dump", async () => {
    const { code, stderr } = await program(`import { chan, run } from "gort";
      await run(function* main() { yield* chan().send(1); });`);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /DeadlockError: all goroutines are asleep - deadlock!\n\ngoroutine 1 \[chan send\]:\nmain\(/,
    );
  });

  it("ends the process when run was told so", async () => {
    const { code, stderr } = await program(`import { chan, run } from "gort";
      await run(function* main() { yield* chan().send(1); }, { onDeadlock: "exit" });`);
    assert.equal(code, 2);
    assert.deepEqual(summary(parseReport(stderr).blocks), ["1 [chan send] main"]);
  });

  it("is found when a callback of the host's has stopped the timer that main waited for", async () => {
    const source = `import { DeadlockError, run, Timer } from "gort";
      import assert from "node:assert/strict";
      let ended = false;
      // A listener that would keep the process going for ever: the report must not wait for the loop to run dry.
      process.on("beforeExit", () => { if (!ended) setTimeout(() => {}, 1); });
      const timer = new Timer(60_000);
      setTimeout(() => timer.stop(), 5);
      await assert.rejects(run(function* main() { yield* timer.c.recv(); }), DeadlockError);
      ended = true;
      console.log("found");`;
    const { code, stdout } = await program(source);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "found\n" });
  });

  it("rejects every run that waits, and each once", async () => {
    const stdout = await output(`import { chan, run } from "gort";
      const stuck = () => run(function* main() { yield* chan().recv(); });
      const done = await Promise.allSettled([stuck(), stuck(), run(() => 7)]);
      console.log(done.map((one) => one.reason?.code ?? one.value).join());`);
    assert.equal(stdout, "GORT_DEADLOCK,GORT_DEADLOCK,7\n");
  });

  it("is found inside node:test, and only after a foreign timer has fired", async () => {
    const { code, stdout } = await program(
      `import assert from "node:assert/strict";
      import test from "node:test";
      import { chan, DeadlockError, run } from "gort";
      test("stuck", async () => {
        let fired = false;
        setTimeout(() => { fired = true; }, 150);
        await assert.rejects(run(function* main() { yield* chan().recv(); }), DeadlockError);
        assert.ok(fired);
      });
      test("stuck at once", async () => {
        await assert.rejects(run(function* main() { yield* chan().recv(); }), DeadlockError);
      });`,
      { flags: ["--test-reporter=tap"] },
    );
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^# pass 2$/m);
  });

  it("is found behind a timer that was stopped or lost its select", async () => {
    const stdout = await output(`import { chan, go, run, select, sleep } from "gort";
      const ch = chan();
      const error = await run(function* main() {
        go(function* () { yield* ch.send("first"); });
        const s = yield* select({ got: ch.recv(), late: sleep(3_600_000) });
        console.log(s.case);
        yield* ch.recv();
      }).catch((error) => error);
      console.log(error.code);`);
    assert.equal(stdout, "got\nGORT_DEADLOCK\n");
  });

  it("is found behind a promise that nobody will ever settle", async () => {
    const stdout = await output(`import { run, wait } from "gort";
      const error = await run(function* main() {
        yield* wait(new Promise(() => {}));
      }).catch((error) => error);
      process.stdout.write(error.dump);`);
    assert.deepEqual(summary(parseDump(stdout)), ["1 [promise] main"]);
  });

  it("is found for a main that is an async function", async () => {
    const stdout = await output(`import { chan, run } from "gort";
      const error = await run(async function main() { await chan().recv(); }).catch((error) => error);
      process.stdout.write(error.dump);`);
    assert.deepEqual(summary(parseDump(stdout)), ["1 [promise]", "external 1 [chan receive]"]);
  });
});

describe("a top-level await of an operation that nobody completes", () => {
  it("ends with code 2 and lists the waiter", async () => {
    const { code, stderr } = await program(`import { chan, go } from "gort";
      const ch = chan();
      go(function* stuck() { yield* chan().send(1); });
      await ch.recv();`);
    assert.equal(code, 2);
    const { message, blocks } = parseReport(stderr.slice(stderr.indexOf("fatal error: ")));
    assert.equal(message, ALL_ASLEEP);
    assert.deepEqual(summary(blocks), ["2 [chan send] stuck", "external 1 [chan receive]"]);
  });

  it("is found when no goroutine was ever made", async () => {
    const { code, stderr } = await program(`import { chan } from "gort";
      await chan().recv();`);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /fatal error: all goroutines are asleep - deadlock!\n\nexternal waiter 1 \[chan receive\]:\n$/,
    );
  });

  it("is not what a program means that chooses Node's code for it", async () => {
    for (const end of ["setTimeout(() => process.exit(13), 5);", "process.exitCode = 13;"]) {
      const { code, stderr } = await program(`import { chan, go, gosched } from "gort";
        go(function* leftOver() { yield* chan().recv(); });
        await gosched();
        ${end}`);
      assert.deepEqual({ code, stderr }, { code: 13, stderr: "" }, end);
    }
  });

  it("is not reported when the program leaves through process.exit", async () => {
    const { code, stderr } = await program(`import { chan } from "gort";
      setTimeout(() => process.exit(3), 5);
      await chan().recv();`);
    assert.deepEqual({ code, stderr }, { code: 3, stderr: "" });
  });
});

describe("main that calls goexit", () => {
  it("lets the others run on, and then there are no goroutines", async () => {
    const { code, stdout, stderr } = await program(
      `import { go, goexit, sleep } from "gort";
      export function* main() {
        go(function* () { yield* sleep(5); console.log("ran on"); });
        goexit();
      }`,
      { command: true },
    );
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 2, stdout: "ran on\n", stderr: `fatal error: ${NO_GOROUTINES}\n` },
    );
  });

  it("is told apart from others that are asleep", async () => {
    const { code, stderr } = await program(
      `import { chan, go, goexit } from "gort";
      export function* main() {
        go(function* stuck() { yield* chan().recv(); });
        goexit();
      }`,
      { command: true },
    );
    assert.equal(code, 2);
    const { message, blocks } = parseReport(stderr);
    assert.equal(message, ALL_ASLEEP);
    assert.deepEqual(summary(blocks), ["2 [chan receive] stuck"]);
  });

  it("rejects run", async () => {
    const stdout = await output(`import { goexit, run } from "gort";
      const error = await run(function* main() { goexit(); }).catch((error) => error);
      console.log(error.code, error.message, JSON.stringify(error.dump));`);
    assert.equal(stdout, `GORT_DEADLOCK ${NO_GOROUTINES} ""\n`);
  });
});

describe("a dump", () => {
  it("shows no goroutine of gort's own in a dump", async () => {
    const stdout = await output(`import { run, runtime } from "gort";
      await run(function* main() { process.stdout.write(runtime.stacks()); });`);
    assert.deepEqual(summary(parseDump(stdout)), ["1 [running] main"]);
  });
});
