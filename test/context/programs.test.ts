/**
 * Whole programs: what a deadline does to the life of a process, and to the search for deadlocks.
 *
 * A deadline keeps a process alive only while somebody waits for its context or for a descendant of it.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDump, parseReport, summary } from "../prog/dump.ts";
import { output, program } from "../prog/program.ts";

/** Ends by itself: the programs below would outlive the tests' patience if a deadline of an hour held them. */
const HOUR_MS = 3_600_000;

describe("a deadline that nobody waits for", () => {
  it("keeps no process alive: not a context, nor a child, a signal, a listener, a finished wait", async () => {
    const stdout =
      await output(`import { background, chan, contextAfterFunc, run, select, withCancel, withDeadline, withTimeout } from "gort";
      const [ctx] = withTimeout(background(), ${HOUR_MS});
      withDeadline(ctx, new Date(Date.now() + ${HOUR_MS / 2}));
      const [child] = withCancel(ctx);
      child.signal.addEventListener("abort", () => console.log("aborted"));
      contextAfterFunc(child, () => {})();
      const ch = chan(1);
      await run(function* main() {
        yield* ch.send(1);
        yield* child.wait(ch.recv());
        yield* ch.send(2);
        console.log((yield* select({ got: ch.recv(), never: chan().recv() })).value);
      });
      console.log("end");`);
    assert.equal(stdout, "2\nend\n");
  });

  it("keeps no process alive below a context of the program's own either, nor hides a deadlock there", async () => {
    const stdout =
      await output(`import { background, chan, contextAfterFunc, run, withCancel, withTimeout, withValue } from "gort";
      const [ctx] = withTimeout(background(), ${HOUR_MS});
      const own = { get err() { return ctx.err; }, get deadline() { return ctx.deadline; }, get signal() { return ctx.signal; },
        done: () => ctx.done(), value: (key) => ctx.value(key), wait: (op) => ctx.wait(op) };
      withCancel(own);
      withTimeout(withValue(own, "k", 1), ${HOUR_MS / 2});
      contextAfterFunc(own, () => {})();
      const error = await run(function* main() { yield* chan().recv(); }).catch((error) => error);
      console.log(error.code);`);
    assert.equal(stdout, "GORT_DEADLOCK\n");
  });

  it("keeps no process alive that was cancelled while somebody waited", async () => {
    const stdout = await output(`import { background, go, run, sleep, withCancel, withTimeout } from "gort";
      await run(function* main() {
        const [parent] = withTimeout(background(), ${HOUR_MS});
        const [ctx, cancel] = withCancel(parent);
        const waiter = go(function* () { yield* ctx.done(); console.log(ctx.err.message); });
        yield* sleep(1);
        cancel();
        yield* waiter;
      });`);
    assert.equal(stdout, "context canceled\n");
  });

  it("does not hide a deadlock", async () => {
    const stdout = await output(`import { background, chan, run, withTimeout } from "gort";
      const error = await run(function* main() {
        withTimeout(background(), ${HOUR_MS});
        yield* chan().recv();
      }).catch((error) => error);
      process.stdout.write(error.dump);`);
    assert.deepEqual(summary(parseDump(stdout)), ["1 [chan receive] main"]);
  });

  it("does not hide a deadlock in the command, nor does the child that is cancelled or the select that is lost", async () => {
    const source = `import { background, chan, contextAfterFunc, go, select, withCancel, withTimeout } from "gort";
      export function* main() {
        const [ctx] = withTimeout(background(), ${HOUR_MS});
        const [child, cancel] = withCancel(ctx);
        const ch = chan();
        go(function* () { yield* ch.send("got"); });
        console.log((yield* select({ done: child.done(), got: ch.recv() })).case);
        contextAfterFunc(child, () => {})();
        cancel();
        yield* child.done();
        yield* ch.recv();
      }`;
    const { code, stdout, stderr } = await program(source, { command: true });
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "got\n" });
    assert.deepEqual(summary(parseReport(stderr).blocks), ["1 [chan receive] main"]);
  });
});

describe("a deadline that somebody waits for", () => {
  const waits: [what: string, body: string][] = [
    ["done", `yield* ctx.done();`],
    ["a child's done", `yield* withCancel(withValue(ctx, "k", 1))[0].done();`],
    ["done as a case", `yield* select({ done: ctx.done(), never: chan().recv() });`],
    ["wait", `try { yield* ctx.wait(chan().recv()); } catch (error) { if (error !== ctx.err) throw error; }`],
    [
      "a child's wait",
      `const child = withTimeout(ctx, ${HOUR_MS})[0];
       try { yield* child.wait(chan().recv()); } catch (error) { if (error !== ctx.err) throw error; }`,
    ],
    [
      "a function",
      `const ended = chan();
       contextAfterFunc(withCancel(ctx)[0], () => ended.close());
       yield* ended.recv();`,
    ],
    [
      "a context of the program's own",
      `const own = { get err() { return ctx.err; }, get deadline() { return ctx.deadline; }, get signal() { return ctx.signal; },
         done: () => ctx.done(), value: (key) => ctx.value(key), wait: (op) => ctx.wait(op) };
       yield* withCancel(own)[0].done();`,
    ],
  ];
  for (const [what, body] of waits) {
    it(`is waited for, and is no deadlock (${what})`, async () => {
      const source = `import { background, chan, contextAfterFunc, select, withCancel, withTimeout, withValue } from "gort";
        export function* main() {
          const [ctx] = withTimeout(background(), 30);
          ${body}
          console.log(ctx.err.message);
        }`;
      const { code, stdout, stderr } = await program(source, { command: true });
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 0, stdout: "context deadline exceeded\n", stderr: "" },
      );
    });
  }

  it("is waited for at top level", async () => {
    const stdout = await output(`import { background, withTimeout } from "gort";
      const [ctx] = withTimeout(background(), 30);
      await ctx.done();
      console.log(ctx.err.name);`);
    assert.equal(stdout, "TimeoutError\n");
  });

  it("is a deadlock afterwards, when nobody is left to wake anybody", async () => {
    const stdout = await output(`import { background, chan, go, run, withTimeout } from "gort";
      const error = await run(function* main() {
        const [ctx] = withTimeout(background(), 10);
        go(function* () { yield* ctx.done(); console.log("over"); });
        yield* chan().recv();
      }).catch((error) => error);
      console.log(error.code);`);
    assert.equal(stdout, "over\nGORT_DEADLOCK\n");
  });
});

describe("a context that only another goroutine can end", () => {
  it("is a deadlock when none will, with Go's words", async () => {
    const source = `import { background, chan, go, withCancel } from "gort";
      export function* main() {
        const [ctx] = withCancel(background());
        go(function* waits() { yield* ctx.wait(chan().recv()); });
        yield* ctx.done();
      }`;
    const { code, stderr } = await program(source, { command: true });
    assert.equal(code, 2);
    assert.deepEqual(summary(parseReport(stderr).blocks), ["1 [chan receive] main", "2 [select] waits"]);
  });

  it("shows no goroutine of gort's own below a context of the program's own", async () => {
    const source = `import { background, chan, withCancel } from "gort";
      export function* main() {
        const closed = chan();
        const own = { err: undefined, deadline: undefined, signal: new AbortController().signal,
          done: () => closed.recv(), value: () => undefined, wait: (op) => op };
        const [ctx] = withCancel(own);
        yield* ctx.done();
      }`;
    const { code, stderr } = await program(source, { command: true });
    assert.equal(code, 2);
    assert.deepEqual(summary(parseReport(stderr).blocks), ["1 [chan receive] main"]);
  });

  it("and its children keep no process alive under a context of the program's own", async () => {
    const stdout = await output(`import { chan, contextAfterFunc, run, withCancel } from "gort";
      await run(function* main() {
        const closed = chan();
        const own = { err: undefined, deadline: undefined, signal: new AbortController().signal,
          done: () => closed.recv(), value: () => undefined, wait: (op) => op };
        withCancel(own);
        contextAfterFunc(own, () => {});
      });
      console.log("end");`);
    assert.equal(stdout, "end\n");
  });
});

describe("the signal of a context with a deadline", () => {
  it("is waited for before a deadlock is reported, whoever listens", async () => {
    const stdout = await output(`import { once, EventEmitter } from "node:events";
      import { background, chan, run, wait, withTimeout } from "gort";
      await run(function* main() {
        const [ctx] = withTimeout(background(), 30);
        try { yield* wait(once(new EventEmitter(), "x", { signal: ctx.signal })); } catch (error) { console.log(error.name); }
        const [other] = withTimeout(background(), 30);
        const ch = chan(1);
        other.signal.addEventListener("abort", () => ch.trySend("aborted"));
        console.log(yield* ch.recv());
      });`);
    assert.equal(stdout, "AbortError\naborted\n");
  });

  it("hides no deadlock once it is over, and keeps nobody alive when nothing waits", async () => {
    const stdout = await output(`import { background, chan, DeadlockError, run, withTimeout } from "gort";
      const error = await run(function* main() {
        void withTimeout(background(), 20)[0].signal;
        yield* chan().recv();
      }).catch((error) => error);
      console.log(error instanceof DeadlockError);
      void withTimeout(background(), ${HOUR_MS})[0].signal;`);
    assert.equal(stdout, "true\n");
  });
});

describe("a signal of the platform's", () => {
  it("that the host may still abort is no deadlock", async () => {
    const stdout = await output(`import { fromSignal, run } from "gort";
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 30);
      await run(function* main() {
        const ctx = fromSignal(controller.signal);
        yield* ctx.done();
        console.log(ctx.err.message);
      });`);
    assert.equal(stdout, "context canceled\n");
  });

  it("that ends by a timeout is no deadlock, although its timer alone keeps no process alive", async () => {
    const stdout = await output(`import { chan, fromSignal, run } from "gort";
      await run(function* main() {
        const ctx = fromSignal(AbortSignal.timeout(30));
        yield* ctx.done();
        console.log(ctx.err.message);
        const other = fromSignal(AbortSignal.timeout(30));
        console.log(yield* (function* () { try { yield* other.wait(chan().recv()); } catch (error) { return error === other.err; } })());
      });`);
    assert.equal(stdout, "context deadline exceeded\ntrue\n");
  });

  it("keeps no process alive, nor do contexts made of it", async () => {
    const stdout = await output(`import { contextAfterFunc, fromSignal, withCancel } from "gort";
      const ctx = fromSignal(AbortSignal.timeout(${HOUR_MS}));
      const [child] = withCancel(ctx);
      contextAfterFunc(child, () => {});
      child.signal.addEventListener("abort", () => {});
      console.log("end");`);
    assert.equal(stdout, "end\n");
  });
});

describe("a request that is cancelled", () => {
  it("leaves nothing that would keep the process alive, and no unhandled rejection", async () => {
    const stdout = await output(`import { createServer } from "node:http";
      import { background, run, wait, withTimeout } from "gort";
      const server = createServer(() => {});
      await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
      const url = \`http://127.0.0.1:\${server.address().port}/\`;
      await run(function* main() {
        for (const how of [(ctx, op) => op, (ctx, op) => ctx.wait(op)]) {
          const [ctx, cancel] = withTimeout(background(), 50);
          try {
            yield* how(ctx, wait(fetch(url, { signal: ctx.signal })));
          } catch (error) {
            console.log(error.name, error === ctx.err);
          } finally {
            cancel();
          }
        }
      });
      server.close();`);
    assert.equal(stdout, "TimeoutError true\nTimeoutError true\n");
  });

  it("before it began, too", async () => {
    const stdout = await output(`import { background, run, wait, withCancel } from "gort";
      await run(function* main() {
        const [ctx, cancel] = withCancel(background());
        cancel(new Error("why"));
        try {
          yield* ctx.wait(wait(fetch("http://127.0.0.1:1/", { signal: ctx.signal })));
        } catch (error) {
          console.log(error.message);
        }
      });`);
    assert.equal(stdout, "context canceled\n");
  });
});

describe("an abort listener that throws", () => {
  it("keeps no descendant from ending, and no caller of cancel from going on", async () => {
    const stdout = await output(`import { background, contextAfterFunc, withCancel } from "gort";
      process.on("uncaughtException", (error) => console.log("uncaught:", error.message));
      const [ctx, cancel] = withCancel(background());
      const children = [0, 1, 2].map(() => withCancel(ctx)[0]);
      children[1].signal.addEventListener("abort", () => { throw new Error("in a listener"); });
      contextAfterFunc(ctx, () => console.log("function"));
      children[2].done().then(() => console.log("waiter"));
      cancel();
      console.log(children.map((child) => child.err === ctx.err && child.signal.aborted).join());
    `);
    assert.deepEqual(stdout.trim().split("\n").sort(), [
      "function",
      "true,true,true",
      "uncaught: in a listener",
      "waiter",
    ]);
  });
});

describe("contextAfterFunc", () => {
  it("whose function throws is a panic of that goroutine", async () => {
    const source = `import { background, contextAfterFunc, sleep, withCancel } from "gort";
      export function* main() {
        const [ctx, cancel] = withCancel(background());
        contextAfterFunc(ctx, function cleanUp() { throw new Error("no way"); });
        cancel();
        yield* sleep(${HOUR_MS});
      }`;
    const { code, stderr } = await program(source, { command: true });
    assert.equal(code, 2);
    assert.match(stderr, /^panic: [\s\S]*no way[\s\S]*^goroutine 2 \[running\]:$[\s\S]*cleanUp/m);
  });
});

describe("forgotten operations (GORT_DEBUG=ops)", () => {
  it("are none of gort's own, nor the ones that ctx.wait was given; a done that nobody waits for is one", async () => {
    const { code, stderr } = await program(
      `import { background, chan, contextAfterFunc, run, select, trySelect, wait, withCancel, withTimeout } from "gort";
      await run(function* main() {
        const [ctx, cancel] = withTimeout(background(), ${HOUR_MS});
        const closed = chan();
        const own = { err: undefined, deadline: undefined, signal: ctx.signal, done: () => closed.recv(), value: () => undefined, wait: (op) => op };
        const [child] = withCancel(own);
        contextAfterFunc(child, () => {})();
        const ch = chan(1);
        yield* ch.send(1);
        yield* ctx.wait(ch.recv());
        yield* select({ a: ctx.wait(ch.send(1)), b: ctx.done() });
        trySelect({ a: child.wait(ch.send(1)), b: child.done() });
        yield* background().wait(ch.recv());
        cancel();
        try { yield* ctx.wait(ch.recv()); } catch {}
        ctx.done();
      });
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 50));`,
      { env: { GORT_DEBUG: "ops" }, flags: ["--expose-gc"] },
    );
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/never waited for/g)?.length, 1, stderr);
  });
});

describe("console.log", () => {
  it("prints a context as Go does", async () => {
    const stdout = await output(`import { background, withCancel, withTimeout, withValue } from "gort";
      const [ctx] = withCancel(withValue(background(), "user", "ada"));
      console.log(ctx);
      console.log("%s", ctx);
      console.log({ ctx });`);
    const text = "context.Background.WithValue(user, ada).WithCancel";
    assert.equal(stdout, `${text}\n${text}\n{ ctx: ${text} }\n`);
  });
});
