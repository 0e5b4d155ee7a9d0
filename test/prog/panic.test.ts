/**
 * Programs that a goroutine's error ends: the text, the exit code, and who gets the error instead.
 *
 * Answers to TestMainGoroutineID, TestGoNil, TestPanicDeadlockGosched, TestPanicAfterGoexit and TestRecoveredPanicAfterGoexit of Go's
 * runtime/crash_test.go.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDump, summary } from "./dump.ts";
import { output, program } from "./program.ts";

/** The parts of a panic: its text, and the goroutine it came from. */
function parts(stderr: string): { text: string; blocks: string[] } {
  const at = stderr.indexOf("\n\n");
  return { text: stderr.slice(0, at), blocks: summary(parseDump(stderr.slice(at + 2))) };
}

async function panicOf(thrown: string): Promise<string> {
  const { code, stdout, stderr } = await program(`import { go } from "gort";
    class Refused extends Error { name = "Refused"; }
    class Unnamed extends Error {}
    go(function* worker() { throw ${thrown}; });
    process.on("exit", (code) => console.log("exit", code));`);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "exit 2\n" });
  const { text, blocks } = parts(stderr);
  assert.deepEqual(blocks, [/Error|Refused|Unnamed/.test(thrown) ? "2 [running] worker" : "2 [running]"]);
  return text;
}

describe("an error that nobody waits for is a panic, told as", () => {
  const cases: [thrown: string, text: string][] = [
    ['new Error("boom")', "panic: boom"],
    ['new TypeError("not that")', "panic: TypeError: not that"],
    ['new Refused("no")', "panic: Refused: no"],
    ['new Unnamed("no")', "panic: no"],
    ['"a word"', "panic: a word"],
    ["undefined", "panic: undefined"],
    ["null", "panic: null"],
    ["42", "panic: 42"],
    ["{ code: 7 }", "panic: { code: 7 }"],
    [
      'new Error("outside", { cause: new RangeError("inside", { cause: "deep" }) })',
      "panic: outside\n\t[cause: RangeError: inside\n\t[cause: deep]]",
    ],
    ['new Error("two\\nlines")', "panic: two\n\tlines"],
  ];
  for (const [thrown, text] of cases) {
    it(thrown, async () => assert.equal(await panicOf(thrown), text));
  }

  it("gort's own errors: Go's words alone", async () => {
    const { code, stderr } = await program(`import { chan, go } from "gort";
      const ch = chan();
      ch.close();
      go(function* worker() { yield* ch.send(1); });`);
    assert.equal(code, 2);
    assert.deepEqual(parts(stderr), {
      text: "panic: send on closed channel",
      blocks: ["2 [running] worker"],
    });
  });
});

describe("a panic", () => {
  it("of an error that is its own cause is told to an end", async () => {
    const { code, stderr } = await program(`import { go } from "gort";
      const error = new Error("round");
      error.cause = error;
      go(function* () { throw error; });`);
    assert.equal(code, 2);
    assert.match(stderr, /^panic: round\n\t\[cause: round\n[^]+goroutine 2 \[running\]:\n/);
  });

  it("of main in the command is goroutine 1's, with code 2", async () => {
    const { code, stderr, file } = await program(
      `import { sleep } from "gort";
      export function* main() {
        yield* sleep(1);
        throw new Error("test");
      }`,
      { command: true },
    );
    assert.equal(code, 2);
    assert.equal(
      stderr.replace(/:\d+\n$/, "\n"),
      `panic: test\n\ngoroutine 1 [running]:\nmain(...)\n\t${file}:4\n`,
    );
  });

  it("names who made the goroutine", async () => {
    const { stderr, file } = await program(
      `import { go, select } from "gort";
      function* worker() { throw new Error("boom"); }
      export function* main() {
        go(worker);
        yield* select({});
      }`,
      { command: true },
    );
    const blocks = parseDump(stderr.slice(stderr.indexOf("\n\n") + 2));
    assert.deepEqual(blocks[0]?.created, { fn: "main", file, line: 4, parent: 1 });
  });

  it("of an async function or a plain one is one too", async () => {
    for (const fn of [
      "async () => { await null; throw new Error('boom'); }",
      "() => { throw new Error('boom'); }",
    ]) {
      const { code, stderr } = await program(`import { go } from "gort";
        go(${fn});`);
      assert.equal(code, 2, fn);
      assert.match(stderr, /^panic: boom\n\ngoroutine 2 \[running\]:\n/, fn);
    }
  });

  it("wins over a deadlock", async () => {
    const { code, stderr } = await program(
      `import { chan, go, gosched } from "gort";
      export function* main() {
        go(function* () { yield* gosched(); throw new Error("boom"); });
        yield* chan().recv();
      }`,
      { command: true },
    );
    assert.equal(code, 2);
    assert.match(stderr, /^panic: boom\n/);
    assert.doesNotMatch(stderr, /deadlock/);
  });

  it("is what ends a program whose host is still busy", async () => {
    const { code, stderr } = await program(`import { go } from "gort";
      setInterval(() => {}, 1000);
      go(function* () { throw new Error("boom"); });`);
    assert.equal(code, 2);
    assert.match(stderr, /^panic: boom\n/);
  });

  it("starting nil is none: go throws at the call, with Go's words", async () => {
    const stdout = await output(`import { go } from "gort";
      try { go(undefined); } catch (error) { console.log(error.name, error.code, error.message.split(":")[0]); }`);
    assert.equal(stdout, "TypeError GORT_NOT_A_FUNCTION go of nil func value\n");
  });
});

describe("an error goes to who waits, and is no panic,", () => {
  it("when a waiter attaches before the event loop turns", async () => {
    const stdout = await output(`import { go, gosched } from "gort";
      const h = go(function* () { throw new Error("boom"); });
      for (let i = 0; i < 20; i++) await gosched();
      console.log(h.status);
      process.nextTick(() => h.then(undefined, (error) => console.log("got", error.message)));`);
    assert.equal(stdout, "dead\ngot boom\n");
  });

  it("but a waiter that comes later is too late", async () => {
    const { code, stdout, stderr } = await program(`import { go } from "gort";
      const h = go(function* () { throw new Error("boom"); });
      setTimeout(() => h.then(undefined, () => console.log("too late")), 20);`);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /^panic: boom\n/);
  });

  it("and any number of them get it, also long after", async () => {
    const stdout = await output(`import { go, run, sleep } from "gort";
      await run(function* main() {
        const h = go(function* () { throw new Error("boom"); });
        for (const ms of [20, 0]) {
          try { yield* h; } catch (error) { console.log(error.message); }
          yield* sleep(ms);
        }
      });`);
    assert.equal(stdout, "boom\nboom\n");
  });

  it("main's goes to who awaits run", async () => {
    const stdout = await output(`import { run } from "gort";
      await run(function* main() { throw new Error("boom"); }).catch((error) => console.log("got", error.message));`);
    assert.equal(stdout, "got boom\n");
  });
});

describe("a program that handles uncaughtException", () => {
  it("gets each panic there, and goes on", async () => {
    const stdout = await output(`import { go, run, sleep } from "gort";
      process.on("uncaughtException", (error) => console.log("handled", error?.message ?? error));
      go(function* () { throw new Error("one"); });
      go(function* () { throw new Error("two"); });
      go(function* () { throw undefined; });
      await run(function* main() { yield* sleep(20); console.log("went on"); });`);
    assert.equal(stdout, "handled one\nhandled two\nhandled undefined\nwent on\n");
  });

  it("also through a capture callback", async () => {
    const stdout = await output(`import { go } from "gort";
      process.setUncaughtExceptionCaptureCallback((error) => console.log("captured", error.message));
      go(function* () { throw new Error("one"); });`);
    assert.equal(stdout, "captured one\n");
  });
});

describe("yield without a star", () => {
  it("throws inside the goroutine, says what to write, and is a panic when it is not caught", async () => {
    const { code, stdout, stderr } = await program(`import { chan, go } from "gort";
      go(function* () {
        for (const wrong of [chan().recv(), 42, Promise.resolve()]) {
          try { yield wrong; } catch (error) { console.log(error instanceof TypeError, error.code, /yield\\*/.test(error.message)); }
        }
        yield chan().recv();
      });`);
    const told = "true GORT_YIELD_WITHOUT_STAR true\n";
    assert.deepEqual({ code, stdout }, { code: 2, stdout: told.repeat(3) });
    assert.match(stderr, /^panic: TypeError: yield of an operation without a star: use yield\*/);
  });
});
