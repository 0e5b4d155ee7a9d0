/**
 * Timers in whole programs: what keeps a process alive, what is a deadlock, and who made a goroutine that a timer started.
 *
 * The deadlocks are those that Go 1.27 reports for the same programs.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReport, summary } from "../prog/dump.ts";
import { type Ended, output, program } from "../prog/program.ts";

const HOUR = 3_600_000;

/** A program of the command, whose main goroutine runs `body`. */
const main = (
  body: string,
): string => `import { after, afterFunc, chan, go, select, sleep, Ticker, tick, Timer } from "gort";
export function* main() {
${body}
}`;

async function deadlock(body: string): Promise<Ended & { goroutines: string[] }> {
  const ended = await program(main(body), { command: true });
  const { message, blocks } = parseReport(ended.stderr);
  assert.deepEqual([ended.code, message], [2, "all goroutines are asleep - deadlock!"]);
  return { ...ended, goroutines: summary(blocks) };
}

describe("a process", () => {
  it("is not kept alive by timers and tickers that nobody waits for", async () => {
    const stdout =
      await output(`import { after, afterFunc, chan, run, select, Ticker, tick, Timer } from "gort";
      const kept = [after(${HOUR}), tick(${HOUR}), new Timer(${HOUR}), new Ticker(${HOUR})];
      afterFunc(${HOUR}, () => {}).stop();
      afterFunc(Infinity, () => {});
      const ready = chan(1);
      await ready.send(1);
      await run(function* () {
        const s = yield* select({ after: kept[0].recv(), ticker: kept[3].c.recv(), ready: ready.recv() });
        console.log(s.case, kept[0].tryRecv());
      });`);
    assert.equal(stdout, "ready undefined\n");
  });

  it("is not kept alive by those that lost a select after waiting", async () => {
    const stdout = await output(`import { after, chan, go, run, select, Timer } from "gort";
      const ch = chan();
      await run(function* () {
        go(function* () { yield* ch.send(1); });
        const timer = new Timer(${HOUR});
        console.log((yield* select({ late: after(${HOUR}).recv(), timer: timer.c.recv(), got: ch.recv() })).case);
      });`);
    assert.equal(stdout, "got\n");
  });

  it("is kept alive while somebody receives: a goroutine, async code, a loop", async () => {
    const stdout = await output(`import { after, go, tick, Timer } from "gort";
      const timer = new Timer(20);
      go(function* () {
        yield* timer.c.recv();
        console.log("goroutine");
        asynchronous();
      });
      async function asynchronous() {
        await after(20).recv();
        console.log("async");
        let n = 0;
        for await (const _ of tick(5)) if (++n === 3) break;
        console.log("loop");
      }`);
    assert.equal(stdout, "goroutine\nasync\nloop\n");
  });

  it("is kept alive by a call that is to come", async () => {
    const stdout = await output(`import { afterFunc } from "gort";
      const again = afterFunc(10, function* () {
        console.log("called");
        if (again.reset(10) === false && ++n === 3) again.stop();
      });
      let n = 0;`);
    assert.equal(stdout, "called\ncalled\ncalled\n");
  });
});

describe("a goroutine that waits", () => {
  it("for a timer's channel is no deadlock", async () => {
    const stdout = await output(
      main(`
        const begun = performance.now();
        yield* new Timer(30).c.recv();
        const ticker = new Ticker(10);
        for (let i = 0; i < 3; i++) yield* ticker.c.recv();
        const s = yield* select({ never: chan().recv(), after: after(10).recv() });
        console.log(s.case, performance.now() - begun >= 70);`),
      { command: true },
    );
    assert.equal(stdout, "after true\n");
  });

  it("for another one that waits for a timer's channel is none", async () => {
    const stdout = await output(
      main(`
        const done = chan();
        go(function* () { yield* done.send(typeof (yield* tick(20).recv())); });
        console.log(yield* done.recv());`),
      { command: true },
    );
    assert.equal(stdout, "number\n");
  });

  it("for what a call to come will do is none", async () => {
    const stdout = await output(
      main(`
        const done = chan();
        afterFunc(30, () => done.close());
        console.log(yield* done.recv());`),
      { command: true },
    );
    assert.equal(stdout, "undefined\n");
  });

  it("for a timer or ticker that was stopped is one", async () => {
    const { goroutines } = await deadlock(`
      const [timer, ticker] = [new Timer(20), new Ticker(20)];
      timer.stop();
      go(function* ranger() { yield* ticker.c.recv(); });
      go(function* () { ticker.stop(); });
      yield* timer.c.recv();`);
    assert.deepEqual(goroutines, ["1 [chan receive] main", "2 [chan receive] ranger"]);
  });

  it("for a timer whose value another one got is one", async () => {
    const { goroutines, stdout } = await deadlock(`
      const timer = new Timer(20);
      go(function* first() { yield* timer.c.recv(); console.log("first"); });
      yield* sleep(1);
      yield* timer.c.recv();`);
    assert.deepEqual([goroutines, stdout], [["1 [chan receive] main"], "first\n"]);
  });

  it("beside timers that nobody receives from, and a call that was stopped, is one", async () => {
    const { goroutines } = await deadlock(`
      const kept = [new Timer(${HOUR}), new Ticker(${HOUR}), after(${HOUR}), tick(${HOUR})];
      afterFunc(${HOUR}, () => {}).stop();
      yield* chan().recv();
      console.log(kept);`);
    assert.deepEqual(goroutines, ["1 [chan receive] main"]);
  });

  it("after the last call has come is one", async () => {
    const { goroutines, stdout } = await deadlock(`
      const timer = afterFunc(20, () => console.log("called"));
      yield* timer.c.recv();`);
    assert.deepEqual([goroutines, stdout], [["1 [chan receive] main"], "called\n"]);
  });
});

describe("a goroutine that afterFunc started", () => {
  it("was created by whoever called afterFunc, however it runs again", async () => {
    const { stderr, code, file } = await program(
      main(`
        const timer = plan();
        yield* sleep(20);
        timer.reset(1);
        yield* sleep(20);
        yield* chan().recv();
      }
      function plan() {
        return afterFunc(1, stuck);
      }
      function* stuck() {
        yield* chan().recv();`),
      { command: true },
    );
    assert.equal(code, 2);
    const { blocks } = parseReport(stderr);
    assert.deepEqual(
      summary(blocks).map((line) => line.replace(/^\d+ /, "")),
      ["[chan receive] main", "[chan receive] stuck", "[chan receive] stuck"],
    );
    for (const { created } of blocks.slice(1))
      assert.deepEqual(created, { fn: "plan", file, line: 11, parent: 1 });
  });

  it("whose function throws ends the process: a panic", async () => {
    const { stderr, code } = await program(
      main(`
        afterFunc(1, function boom() { throw new Error("boom"); });
        yield* chan().recv();`),
      { command: true },
    );
    assert.equal(code, 2);
    assert.match(stderr, /^panic: .*boom/);
    assert.match(stderr, /^goroutine 2 \[running\]:$/m);
  });
});
