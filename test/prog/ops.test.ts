/**
 * GORT_DEBUG=ops: operations that were made and never waited for are named with their place, once; others are not.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Ended, program, type Settings } from "./program.ts";

const IMPORTS = `import { chan, go, gosched, range, run, runtime, select, sleep, trySelect, wait } from "gort";\n`;

const ops = (source: string, settings: Settings = {}): Promise<Ended> =>
  program(IMPORTS + source, { flags: ["--expose-gc"], env: { GORT_DEBUG: "ops" }, ...settings });

/** The reports: `kind name line` each. */
function reports({ stderr, file }: Ended): string[] {
  const found = stderr.matchAll(
    /^gort: (.+) operation made and never waited for \(yield\* or await is missing\)\n\tat (?:(.+) \()?(.+):(\d+):\d+\)?$/gm,
  );
  return [...found].map(([, kind, name, path, line]) => {
    assert.equal(path, file);
    return `${kind} ${name ?? "-"} ${line}`;
  });
}

describe("GORT_DEBUG=ops", () => {
  it("names a forgotten operation, with the place it was made", async () => {
    const ended = await ops(`const out = chan(1);
      function* worker() {
        out.send(1);
        yield* gosched();
      }
      await run(worker);
      console.log(out.length);`);
    assert.deepEqual([ended.code, ended.stdout], [0, "0\n"]);
    const [first, second] = ended.stderr.split("\n");
    assert.equal(first, "gort: chan send operation made and never waited for (yield* or await is missing)");
    assert.match(second ?? "", /^\tat worker \(.+program\.mjs:4:13\)$/);
    assert.equal(ended.stderr.split("\n").length, 3);
  });

  it("knows every kind of operation", async () => {
    const ended = await ops(`const ch = chan();
      ch.send(1);
      ch.recv();
      ch.recvOk();
      sleep(1);
      gosched();
      wait(Promise.resolve());
      select({});
      range(ch).next();`);
    assert.deepEqual(reports(ended).sort(), [
      "chan receive - 10",
      "chan receive - 4",
      "chan receive - 5",
      "chan send - 3",
      "gosched - 7",
      "promise - 8",
      "select (no cases) - 9",
      "sleep - 6",
    ]);
  });

  it("reports when the operation is collected, long before the program ends", async () => {
    const ended = await ops(`const ch = chan();
      function forget() { ch.send(1); }
      forget();
      for (let i = 0; i < 10; i++) { await new Promise(setImmediate); gc(); }
      process.stderr.write("end\\n");`);
    assert.deepEqual(reports(ended), ["chan send forget 3"]);
    assert.match(ended.stderr, /\)\nend\n$/);
  });

  it("reports what is still alive when the program ends", async () => {
    const ended = await ops(`const kept = chan().send(1);
      process.on("exit", () => console.log(kept !== undefined));`);
    assert.deepEqual(reports(ended), ["chan send - 2"]);
  });

  it("reports one place once, however often it is passed", async () => {
    const ended = await ops(`const ch = chan();
      function* worker() { for (let i = 0; i < 1000; i++) { ch.send(i); if (i % 100 === 0) { gc(); yield* sleep(0); } } }
      await run(worker);`);
    assert.deepEqual(reports(ended), ["chan send worker 3"]);
  });

  it("reports before a panic and before a deadlock", async () => {
    const stuck = await ops(`export function* main() { chan(1).send(1); yield* chan().recv(); }`, {
      command: true,
    });
    assert.equal(stuck.code, 2);
    assert.match(
      stuck.stderr,
      /^gort: chan send [^]+\)\nfatal error: all goroutines are asleep - deadlock!\n\n[^]+$/,
    );
    const panicked = await ops(`go(function* () { sleep(1); throw new Error("boom"); });`);
    assert.equal(panicked.code, 2);
    assert.match(panicked.stderr, /^gort: sleep [^]+\d\npanic: boom\n/);
    const rejected = await ops(
      `try { await run(function* () { chan(1).send(1); yield* chan().recv(); }); } catch { console.error("caught"); }`,
    );
    assert.match(rejected.stderr, /^gort: chan send [^]+\d\ncaught\n$/);
  });

  it("is quiet about whatever is waited for", async () => {
    const ended = await ops(`const ch = chan(10);
      await run(function* main() {
        yield* ch.send(1);
        const early = ch.recv();
        yield* sleep(1);
        yield* early;
        const h = go(function* () { yield* gosched(); });
        yield* h;
        go(() => ch.send(2));
        go(async () => { await ch.send(3); });
        yield* sleep(1);
        ch.tryRecv();
        ch.tryRecv();
        ch.tryRecv();
        ch.trySend(4);
        trySelect({ in: ch.recv(), out: ch.send(5), joined: h, late: sleep(1) });
        yield* select({ in: ch.recv(), never: chan().recv(), late: sleep(1000), p: wait(new Promise(() => {})) });
        const later = select({ in: chan().recv(), late: sleep(1) });
        yield* sleep(1);
        yield* later;
        yield* wait(Promise.resolve());
        for (let i = 0; i < 5; i++) gc();
      });
      ch.trySend(6);
      ch.close();
      await run(function* () { for (const c = range(ch); yield* c.next(); ); });
      for await (const _ of ch);
      ch.recv().then(() => {});
      const closed = chan();
      closed.close();
      await closed.send(1).then(undefined, () => {});
      await run(function* () { try { yield* closed.send(1); } catch {} });
      try { trySelect({ bad: closed.send(1), other: chan().recv() }); } catch {}
      try { await select({ bad: closed.send(1), other: chan().recv() }); } catch {}
      gc();`);
    assert.deepEqual(ended.stderr, "");
    assert.equal(ended.code, 0);
  });

  it("answers for a select's cases with the select", async () => {
    const ended = await ops(`const ch = chan();
      select({ a: ch.recv(), b: sleep(1) });`);
    assert.deepEqual(reports(ended), ["select - 3"]);
  });

  it("finds a forgotten one among others of the same channel that were waited for", async () => {
    const ended = await ops(`const ch = chan(10);
      await run(function* main() {
        yield* ch.send(1);
        ch.send(2);
        yield* ch.recv();
        ch.recv();
      });`);
    assert.deepEqual(reports(ended).sort(), ["chan receive main 7", "chan send main 5"]);
  });

  it("does not change what a second wait is", async () => {
    const ended = await ops(`const op = chan(1).send(1);
      await op;
      await op.then(undefined, (error) => console.log(error.code));
      await select({ op }).then(undefined, (error) => console.log(error.code));`);
    assert.deepEqual([ended.stdout, ended.stderr], ["GORT_OPERATION_REUSED\nGORT_OPERATION_REUSED\n", ""]);
  });

  it("finds a second wait for an operation that was kept, also when its channel has made others since", async () => {
    const ended = await ops(`const ch = chan(8);
      for (let i = 1; i <= 8; i++) ch.trySend(i);
      await run(function* () {
        const first = ch.recv();
        console.log(yield* first);
        const second = ch.recv();
        try { yield* first; } catch (error) { console.log(error.code); }
        console.log(yield* second, ch.length);
      });`);
    assert.deepEqual([ended.stdout, ended.stderr], ["1\nGORT_OPERATION_REUSED\n2 6\n", ""]);
  });

  it("off, or with words that nobody knows, says nothing", async () => {
    for (const value of ["", "opsy", "x=1,,=,other", "OPS"]) {
      const ended = await ops("chan().send(1);", { env: { GORT_DEBUG: value } });
      assert.deepEqual([ended.code, ended.stderr], [0, ""], value);
    }
  });

  it("is found in a list", async () => {
    for (const value of ["ops", "other=1, ops", "ops=1,more"]) {
      const ended = await ops("chan().send(1);", { env: { GORT_DEBUG: value } });
      assert.deepEqual(reports(ended), ["chan send - 2"], value);
    }
  });

  it("off, tracks nothing", async () => {
    const ended = await ops(
      `const { probe } = await import("#src/runtime/operation.ts");
      chan().send(1);
      console.log(probe.track);`,
      { env: {} },
    );
    assert.equal(ended.stdout, "null\n");
  });
});
