/**
 * Whole programs that are stuck: the last lines of a deadlock report, the looks that GORT_DEBUG asks for, and goroutines that the garbage collector has proved lost.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReport } from "./dump.ts";
import { output, program } from "./program.ts";

const IMPORTS = `import { chan, Cond, go, gosched, Mutex, run, runtime, select, sleep, wait, WaitGroup } from "gort";\n`;
/** heard(): something has been written on standard error, and there was time for it to be written again. A program that never hears of it hangs, and is ended. */
const HEARD = `let texts = 0;
  const write = process.stderr.write;
  process.stderr.write = function (...args) { texts++; return write.apply(this, args); };
  function* heard() { while (texts === 0) yield* sleep(5); yield* sleep(50); }\n`;
const CROSSED = `const a = new Mutex(), b = new Mutex();
  function* both(first, second) { yield* first.lock(); yield* gosched(); yield* second.lock(); }\n`;

/** Programs print names of functions, and end. */
const lost = (body: string, flags: string[] = []): Promise<string> =>
  output(
    `${IMPORTS}const global = {};
    const names = (found) => found.map(({ name }) => name).join(" ");
    await run(function* main() { ${body} });`,
    { flags },
  );

const ASK = "console.log(names(yield* wait(runtime.unreachable())));";

describe("a deadlock report", () => {
  it("ends with who waits for whom, after Go's text", async () => {
    const ended = await program(
      `${IMPORTS}${CROSSED}export function* main() { const one = go(both, a, b); go(both, b, a); yield* one; }`,
      { command: true },
    );
    assert.equal(ended.code, 2);
    const { blocks, graph } = parseReport(ended.stderr);
    assert.deepEqual(
      blocks.map(({ id }) => id),
      [1, 2, 3],
    );
    assert.deepEqual(graph, [
      "G1 main  = goroutine 2",
      "G2 both  = mutex#1      = held by G3",
      "G3 both  = mutex#2      = held by G2",
      "cycle: G2 -> mutex#1 -> G3 -> mutex#2 -> G2",
    ]);
  });

  it("names who holds a lock when that is not in a cycle, and marks what is only likely", async () => {
    const ended = await program(
      `${IMPORTS}export function* main() {
        const mu = new Mutex(), odd = new Mutex(), ch = chan(3);
        go(function* holder() { yield* mu.lock(); yield* ch.recv(); });
        go(function* waiter() { yield* select({ locked: mu.lock(), got: ch.recv() }); });
        go(function* twice() { yield* odd.lock(); yield* odd.lock(); yield* odd.lock(); });
        yield* gosched(); yield* gosched(); odd.unlock(); yield* gosched();
        const end = chan(); yield* end.recv();
      }`,
      { command: true },
    );
    assert.equal(ended.code, 2);
    const { graph } = parseReport(ended.stderr);
    // The cases of a select are in no order.
    assert.deepEqual(graph.sort(), [
      "G2 holder  = chan#2",
      "G3 waiter  = chan#2",
      "G3 waiter  = mutex#3  = held by G2",
      "G4 twice   = mutex#4  ~ held by G4",
    ]);
  });

  it("has no such part when nobody holds what others wait for", async () => {
    const ended = await program(
      `${IMPORTS}export function* main() { yield* go(function* child() { yield* chan().recv(); }); }`,
      { command: true },
    );
    const { blocks, graph } = parseReport(ended.stderr);
    assert.deepEqual([blocks.length, graph], [2, []]);
  });

  it("has it in the error of a run that rejects, and in the event", async () => {
    const text = await output(`${IMPORTS}${CROSSED}import { subscribe } from "node:diagnostics_channel";
      let heard;
      subscribe("gort:deadlock", (message) => { heard = message; });
      const error = await run(function* main() { const one = go(both, a, b); go(both, b, a); yield* one; }).catch((e) => e);
      console.log(heard.kind, heard.dump === error.dump);
      console.log(error.dump.trimEnd().split("\\n").at(-1));`);
    assert.equal(text, "all true\n  cycle: G2 -> mutex#1 -> G3 -> mutex#2 -> G2\n");
  });
});

describe("GORT_DEBUG=stuck", () => {
  const stuck = (body: string) =>
    program(`${IMPORTS}${HEARD}${CROSSED}await run(function* main() { ${body} });`, {
      env: { GORT_DEBUG: "stuck=5" },
    });

  it("says once that goroutines wait for each other, while the rest still runs", async () => {
    const ended = await stuck("go(both, a, b); go(both, b, a); yield* heard();");
    assert.equal(ended.code, 0);
    const lines = ended.stderr.split("\n");
    assert.equal(
      lines[0],
      "gort: goroutines wait for each other: goroutine 2 waits for a sync.Mutex that goroutine 3 holds; goroutine 3 waits for a sync.Mutex that goroutine 2 holds",
    );
    assert.deepEqual([lines[1], lines[2]], ["", "goroutine 2 [sync.Mutex.Lock]:"]);
    assert.equal(ended.stderr.split("gort: ").length, 2);
  });

  it("tells of it on the diagnostics channel, once, and not of a suspicion", async () => {
    const ended = await stuck(`const { subscribe } = process.getBuiltinModule("node:diagnostics_channel");
      subscribe("gort:deadlock", (event) => console.log(event.kind, event.message, event.dump.match(/^goroutine \\d+/gm).join()));
      go(both, a, b); go(both, b, a);
      const odd = new Mutex();
      go(function* () { yield* odd.lock(); yield* odd.lock(); yield* odd.lock(); });
      yield* gosched(); yield* gosched(); odd.unlock();
      while (texts < 2) yield* sleep(5);
      yield* heard();`);
    assert.equal(
      ended.stdout,
      "cycle goroutine 2 waits for a sync.Mutex that goroutine 3 holds; goroutine 3 waits for a sync.Mutex that goroutine 2 holds goroutine 2,goroutine 3\n",
    );
    assert.match(ended.stderr, /^gort: goroutines perhaps wait/m);
  });

  it("says so of what can never end, and says nothing of what is none", async () => {
    const never = await stuck("const h = go(function* self() { yield* h; }); yield* heard();");
    assert.match(
      never.stderr,
      /^gort: goroutines can never go on: goroutine 2 waits for the end of goroutine 2\n/,
    );
    const fine = await stuck(
      "go(function* () { yield* a.lock(); yield* sleep(200); a.unlock(); }); yield* gosched(); yield* a.lock();",
    );
    assert.equal(fine.stderr, "");
  });

  it("calls a suspicion one", async () => {
    const ended = await stuck(`go(function* odd() { yield* a.lock(); yield* a.lock(); yield* a.lock(); });
      yield* gosched(); yield* gosched(); a.unlock(); yield* heard();`);
    assert.match(ended.stderr, /^gort: goroutines perhaps wait for each other: goroutine 2 waits for a sync/);
  });
});

describe("runtime.unreachable()", () => {
  it("finds who waits for what nobody refers to any more: a channel, a select, a lock, a group, a condition", async () => {
    const text = await lost(`
      go(function* receiver() { yield* chan().recv(); });
      go(function* sender() { yield* chan().send(1); });
      go(function* selecting() { yield* select({ a: chan().recv(), b: chan().send(1) }); });
      go(function* forever() { yield* select({}); });
      go(function* locking() { const mu = new Mutex(); yield* mu.lock(); yield* mu.lock(); });
      go(function* grouped() { const wg = new WaitGroup(); wg.add(1); yield* wg.wait(); });
      go(function* condition() { const mu = new Mutex(); yield* mu.lock(); yield* new Cond(mu).wait(); });
      for (let i = 0; i < 50; i++) yield* gosched();
      ${ASK} ${ASK}
      console.log(names(runtime.stuck().unreachable));
      console.log(runtime.numGoroutine());`);
    const names = "receiver sender selecting forever locking grouped condition";
    assert.equal(text, `${names}\n\n${names}\n8\n`);
  });

  it("finds those that only wait for each other, through channels, locks and ends", async () => {
    const text = await lost(`
      (() => {
        const there = chan(), back = chan();
        go(function* ping() { yield* there.recv(); yield* back.send(1); });
        go(function* pong() { yield* back.recv(); yield* there.send(1); });
        const one = new Mutex(), two = new Mutex();
        const both = function* (x, y) { yield* x.lock(); yield* gosched(); yield* y.lock(); };
        go(both, one, two); go(both, two, one);
        go(function* parent() { yield* go(function* child() { yield* chan().recv(); }); });
      })();
      for (let i = 0; i < 50; i++) yield* gosched();
      ${ASK}`);
    assert.equal(text, "ping pong both both parent child\n");
  });

  it("finds none that somebody can still wake, and leaves those as they were", async () => {
    const text = await lost(`
      global.ch = chan(); global.mu = new Mutex(); yield* global.mu.lock();
      const local = chan(); const wake = chan();
      const log = [];
      go(function* byGlobal() { log.push("global " + (yield* global.ch.recv())); });
      go(function* byLock() { yield* global.mu.lock(); log.push("lock"); });
      go(function* byFrame() { log.push("frame " + (yield* local.recv())); });
      go(function* bySleeper() { log.push("sleeper " + (yield* wake.recv())); });
      go(function* sleeper() { yield* sleep(50); yield* wake.send(1); });
      go(function* late() { const s = yield* select({ never: chan().recv(), late: sleep(40) }); log.push(s.case); });
      (() => { const c = chan(); setTimeout(() => c.trySend(7), 45);
        go(function* byTimer() { log.push("timer " + (yield* c.recv())); }); })();
      (() => { const c = chan(); new Promise((done) => setTimeout(done, 45)).then(() => c.close());
        go(function* byPromise() { yield* c.recv(); log.push("promise"); }); })();
      const h = go(function* joined() { yield* sleep(45); return 3; });
      go(function* joiner() { log.push("join " + (yield* h)); });
      for (let i = 0; i < 50; i++) yield* gosched();
      ${ASK} ${ASK}
      console.log(runtime.stacks().includes("leaked"));
      yield* global.ch.send(1); global.mu.unlock(); yield* local.send(2);
      yield* sleep(100);
      console.log(log.sort().join(", "));
      console.log(runtime.numGoroutine());`);
    assert.equal(text, "\n\nfalse\nframe 2, global 1, join 3, late, lock, promise, sleeper 1, timer 7\n1\n");
  });

  it("does not hold on to a goroutine through an operation that is over, or through its handle", async () => {
    const text = await lost(`
      global.ch = chan(); global.mu = new Mutex();
      global.handle = go(function* moved() {
        yield* global.ch.recv();
        yield* global.mu.lock();
        yield* select({ a: global.ch.recv(), b: sleep(0) });
        global.last = true;
        yield* chan().recv();
      });
      yield* global.mu.lock();
      yield* global.ch.send(1);
      yield* gosched();
      global.mu.unlock();
      while (!global.last || global.handle.status !== "waiting") yield* sleep(1);
      ${ASK}
      console.log(global.handle.status);`);
    assert.equal(text, "moved\nwaiting\n");
  });

  it("keeps their stacks, as leaked; with and without a collector that the program was given", async () => {
    for (const flags of [[], ["--expose-gc"]]) {
      const text = await lost(
        `const deep = function* deep() { yield* chan().recv(); };
        go(function* outer() { yield* deep(); }); for (let i = 0; i < 50; i++) yield* gosched();
        const [one] = yield* wait(runtime.unreachable());
        console.log(one.stack === runtime.stacks().slice(-one.stack.length), one.stack.replace(/\\t.*\\n/g, ""));`,
        flags,
      );
      assert.equal(
        text,
        "true goroutine 2 [chan receive (leaked)]:\ndeep(...)\nouter(...)\ncreated by main in goroutine 1\n\n",
      );
    }
  });

  it("lets go of what they held", async () => {
    const text = await lost(`
      const collected = new Promise((done) => { global.registry = new FinalizationRegistry(done); });
      go(function* holder() { const big = { }; global.registry.register(big, "gone"); yield* chan().recv(); big.used = 1; });
      for (let i = 0; i < 50; i++) yield* gosched();
      ${ASK}
      console.log(yield* wait(collected));`);
    assert.equal(text, "holder\ngone\n");
  });

  it("does not take the main goroutine, and one call answers all who ask meanwhile", async () => {
    const text = await lost(`
      console.log(runtime.unreachable() === runtime.unreachable());
      setTimeout(() => void runtime.unreachable().then((found) => { console.log(found.length); process.exit(0); }), 5);
      yield* chan().recv();`);
    assert.equal(text, "true\n0\n");
  });
});

describe("GORT_DEBUG=leak", () => {
  it("says once who can never wake", async () => {
    const ended = await program(
      `${IMPORTS}${HEARD}await run(function* main() { go(function* lost() { yield* chan().recv(); }); yield* heard(); });`,
      { env: { GORT_DEBUG: "leak=20" } },
    );
    assert.equal(ended.code, 0);
    const lines = ended.stderr.split("\n");
    assert.equal(lines[0], "gort: goroutines can never wake, nothing refers to what they wait for: 2");
    assert.deepEqual([lines[1], lines[2]], ["", "goroutine 2 [chan receive (leaked)]:"]);
    assert.equal(ended.stderr.split("gort: ").length, 2);
  });
});
