/**
 * Whole programs that end in locks nobody gives back: the report says who waits for what, and neither a lock nor a case that lost
 * keeps the process alive.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReport, summary } from "../prog/dump.ts";
import { program } from "../prog/program.ts";

const IMPORT = `import { chan, Cond, go, Mutex, Once, run, RWMutex, select, sleep, WaitGroup } from "gort";\n`;

describe("a program in which everybody waits for a lock", () => {
  it("is reported, each with Go's words for its wait", async () => {
    const ended = await program(
      `import { chan, Cond, go, Mutex, Once, RWMutex, select, WaitGroup } from "gort";
      export function* main() {
        const mu = new Mutex();
        const rw = new RWMutex();
        const wg = new WaitGroup();
        const free = new Mutex();
        const cond = new Cond(free);
        yield* mu.lock();
        yield* rw.lock();
        wg.add(1);
        go(function* mutex() { yield* mu.lock(); });
        go(function* reader() { yield* rw.rLock(); });
        go(function* writer() { yield* rw.lock(); });
        go(function* condition() { yield* free.lock(); yield* cond.wait(); });
        go(function* selecting() { yield* select({ a: mu.lock(), b: rw.rLock(), c: wg.wait() }); });
        yield* wg.wait();
      }`,
      { command: true },
    );
    assert.equal(ended.code, 2);
    const { message, blocks } = parseReport(ended.stderr);
    assert.equal(message, "all goroutines are asleep - deadlock!");
    assert.deepEqual(summary(blocks), [
      "1 [sync.WaitGroup.Wait] main",
      "2 [sync.Mutex.Lock] mutex",
      "3 [sync.RWMutex.RLock] reader",
      "4 [sync.RWMutex.Lock] writer",
      "5 [sync.Cond.Wait] condition",
      "6 [select] selecting",
    ]);
  });

  it("is rejected by run, also when the locks are awaited outside goroutines", async () => {
    const ended = await program(
      `${IMPORT}
      const mu = new Mutex();
      await mu.lock();
      mu.lock().then(() => console.log("locked"));
      try {
        await run(function* () { yield* mu.lock(); });
      } catch (error) {
        console.log(error.code, error.dump.match(/\\[.*\\]/g).join(" "));
      }`,
    );
    assert.deepEqual(
      [ended.stdout, ended.stderr],
      ["GORT_DEADLOCK [sync.Mutex.Lock] [sync.Mutex.Lock]\n", ""],
    );
  });

  it("is found although a timer lost beside the lock, and one that waits for its lock again has a timer that lost", async () => {
    const ended = await program(
      `${IMPORT}
      const mu = new Mutex();
      const cond = new Cond(mu);
      const quit = chan();
      try {
        await run(function* () {
          yield* mu.lock();
          yield* select({ lock: new Mutex().lock(), late: sleep(3_600_000) });
          go(function* waiter() {
            yield* mu.lock();
            yield* select({ news: cond.wait(), late: sleep(3_600_000), quit: quit.recv() });
          });
          mu.unlock();
          yield* quit.send();
          yield* mu.lock();
          yield* mu.lock();
        });
      } catch (error) {
        console.log(error.code, error.dump.match(/\\[.*\\]/g).join(" "));
      }`,
    );
    assert.deepEqual([ended.stdout, ended.stderr], ["GORT_DEADLOCK [sync.Mutex.Lock]\n", ""]);
  });
});
