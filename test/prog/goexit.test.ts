/**
 * goexit in whole programs: what runs on the way out, and what cannot keep a goroutine alive.
 *
 * Answers to TestGoexitDefer, TestGoexitInPanic, TestPanicAfterGoexit and TestRecoveredPanicAfterGoexit of Go's runtime/crash_test.go.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { output, program } from "./program.ts";

const within = (
  body: string,
): string => `import { chan, go, goexit, gosched, run, runtime, select, sleep, wait } from "gort";
  const say = (...words) => console.log(...words);
  await run(function* main() {
    ${body}
  });`;

describe("goexit", () => {
  it("ends the goroutine; its handle gives undefined, and it is no panic", async () => {
    const stdout = await output(
      within(`
      const h = go(function* () { yield* gosched(); goexit(); return 7; });
      say(yield* h, h.status);
      say(yield* h);`),
    );
    assert.equal(stdout, "undefined dead\nundefined\n");
  });

  it("runs the finally blocks of helpers, plain and generators, innermost first", async () => {
    const stdout = await output(
      within(`
      const plain = () => { try { goexit(); } finally { say("plain"); } };
      function* helper() { try { yield* gosched(); plain(); } finally { say("helper"); } }
      function* nested() { try { yield* helper(); } finally { say("nested"); } }
      yield* go(function* () { try { yield* nested(); say("never"); } finally { say("outermost"); } });`),
    );
    assert.equal(stdout, "plain\nhelper\nnested\noutermost\n");
  });

  it("lets finally blocks wait: sleep, channels, select, promises, joins, helpers", async () => {
    const stdout = await output(
      within(`
      const ch = chan();
      function* cleanup() { yield* gosched(); yield* ch.send("from a helper"); }
      const h = go(function* () {
        try {
          try { goexit(); } finally { yield* sleep(1); say("slept"); yield* ch.send("sent"); }
        } finally {
          yield* cleanup();
          say((yield* select({ late: sleep(1), never: chan().recv() })).case);
          say(yield* wait(Promise.resolve("settled")));
          say(yield* go(() => "joined"));
        }
        say("never");
      });
      say(yield* ch.recv());
      say(yield* ch.recv());
      say(yield* h);`),
    );
    assert.equal(stdout, "slept\nsent\nfrom a helper\nlate\nsettled\njoined\nundefined\n");
  });

  it("lets a finally block wait that stands many calls above", async () => {
    const stdout = await output(
      within(`
      function* deep(n) { if (n > 0) yield* deep(n - 1); else { yield* sleep(1); say("bottom"); } }
      yield* go(function* () { try { goexit(); } finally { yield* deep(40); say("finished"); } });`),
    );
    assert.equal(stdout, "bottom\nfinished\n");
  });

  it("is not swallowed by a catch: the goroutine ends at its next operation", async () => {
    const stdout = await output(
      within(`
      const ready = chan(1);
      ready.trySend(1);
      for (const next of [() => chan().recv(), () => ready.recv(), () => sleep(1), () => gosched()]) {
        const h = go(function* () {
          try { goexit(); } catch (signal) { say("caught", String(signal).split(";")[0]); }
          try { yield* next(); say("never"); } catch { say("never, in catch"); } finally { say("finally"); }
          say("never, behind");
        });
        say(yield* h);
      }
      `),
    );
    const each = "caught this goroutine called goexit()\nfinally\nundefined\n";
    assert.match(stdout, new RegExp(`^(?:${each.replace(/[()]/g, "\\$&")}){4}$`));
  });

  it("called again after it was swallowed ends the goroutine all the same", async () => {
    const stdout = await output(
      within(`
      say(yield* go(function* () {
        for (let i = 0; i < 3; i++) try { goexit(); } catch { say("swallowed"); }
        yield* gosched();
        say("never");
      }));`),
    );
    assert.equal(stdout, "swallowed\nswallowed\nswallowed\nundefined\n");
  });

  it("called again ends it also where no source can be read", async () => {
    const stdout =
      await output(`const source = "import { go, goexit, gosched } from " + JSON.stringify(import.meta.resolve("gort")) + ";" +
        "await go(function* () { for (let i = 0; i < 5; i++) { try { goexit(); } catch {} yield* gosched(); console.log('turn', i); } });";
      await import("data:text/javascript," + encodeURIComponent(source));`);
    // The first time it cannot be known whether it was swallowed or stands in a finally block.
    assert.equal(stdout, "turn 0\n");
  });

  it("is followed by the error that a finally block throws: that is a panic", async () => {
    const { code, stderr } = await program(`import { go, goexit } from "gort";
      go(function* () { try { goexit(); } finally { throw new Error("hello"); } });`);
    assert.equal(code, 2);
    assert.match(stderr, /^panic: hello\n/);
  });

  it("goes on when a finally block has caught its own error", async () => {
    const stdout = await output(
      within(`
      say(yield* go(function* () {
        try { goexit(); } finally { try { throw new Error("hello"); } catch (error) { say("caught", error.message); } }
        say("never");
      }));`),
    );
    assert.equal(stdout, "caught hello\nundefined\n");
  });

  it("in a finally block cancels the error that is on its way", async () => {
    const stdout = await output(
      within(`
      say(yield* go(function* () { try { throw new Error("hello"); } finally { goexit(); } }));`),
    );
    assert.equal(stdout, "undefined\n");
  });

  it("works in a plain function and in an async one before its first await", async () => {
    const stdout = await output(
      within(`
      say(yield* go(() => goexit()));
      say(yield* go(async () => { try { goexit(); } finally { await null; say("finally"); } }));`),
    );
    assert.equal(stdout, "undefined\nfinally\nundefined\n");
  });

  it("outside a goroutine throws, and says so", async () => {
    const stdout = await output(`import { goexit } from "gort";
      try { goexit(); } catch (error) { console.log(error.name, error.code); }
      queueMicrotask(() => { try { goexit(); } catch (error) { console.log(error.code); } });`);
    assert.equal(stdout, "NotInGoroutineError GORT_NOT_IN_GOROUTINE\nGORT_NOT_IN_GOROUTINE\n");
  });

  it("leaves a goroutine that is about to be ended readable for a dump", async () => {
    const stdout = await output(
      within(`
      const ch = chan(1);
      const h = go(function* w() {
        try { goexit(); } catch {}
        try { yield* ch.recv(); say("never"); } catch (error) { say("never", error); }
      });
      go(function* () { ch.trySend(1); const text = runtime.stacks(); say(/goroutine 2 \\[runnable\\]/.test(text), ch.length); });
      yield* h;`),
    );
    assert.equal(stdout, "true 1\n");
  });
});
