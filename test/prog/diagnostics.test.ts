/** Node's diagnostics channels: rare events, told to whoever subscribes, and to nobody else. */
import assert from "node:assert/strict";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { chan, DeadlockError, go, gosched, run, wait } from "gort";
import { longSlices } from "#src/runtime/long-slice.ts";
import { program } from "./program.ts";

const HEAD = `import { subscribe } from "node:diagnostics_channel";
import { chan, go, run, sleep } from "gort";
for (const name of ["gort:deadlock", "gort:panic"]) // A busy machine has long slices of its own.
  subscribe(name, (message, from) => console.log(from, JSON.stringify(message, (key, value) =>
    value instanceof Error ? value.message : key === "dump" ? value.split("\\n")[0] : value)));
`;

function burn(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe("the diagnostics channel", () => {
  it("gort:deadlock has the message and the dump, before the process ends", async () => {
    const ended = await program(
      `${HEAD}await run(function* main() { yield* chan().recv(); }, { onDeadlock: "exit" });`,
    );
    assert.equal(ended.code, 2);
    assert.equal(
      ended.stdout,
      'gort:deadlock {"kind":"all","message":"all goroutines are asleep - deadlock!","dump":"goroutine 1 [chan receive]:"}\n',
    );
  });

  it("gort:deadlock is told when run only rejects, and for a top-level await", async () => {
    const messages: unknown[] = [];
    const hear = (message: unknown): void => {
      messages.push(message);
    };
    subscribe("gort:deadlock", hear);
    let caught: unknown;
    try {
      await run(function* main() {
        yield* chan<number>().recv();
      });
    } catch (error) {
      caught = error;
    }
    unsubscribe("gort:deadlock", hear);
    assert.ok(caught instanceof DeadlockError);
    assert.deepEqual(messages, [{ kind: "all", message: caught.message, dump: caught.dump }]);
    const top = await program(`${HEAD}await chan().recv();`);
    assert.equal(top.code, 2);
    assert.match(
      top.stdout,
      /^gort:deadlock \{"kind":"all","message":"all goroutines are asleep - deadlock!"/,
    );
  });

  it("gort:panic has the error and whose it was, before the process ends", async () => {
    const ended = await program(
      `${HEAD}go(function* worker() { throw new RangeError("far"); }); await sleep(1000);`,
    );
    assert.equal(ended.code, 2);
    assert.equal(ended.stdout, 'gort:panic {"error":"far","goroutine":2,"name":"worker"}\n');
    assert.match(ended.stderr, /^panic: RangeError: far$/m);
  });

  it("gort:long-slice is told of a goroutine that is alone, and not of the host's own code", async () => {
    const heard: { ms: number; processor: number }[] = [];
    const hear = (message: unknown): void => {
      heard.push(message as never);
    };
    subscribe("gort:long-slice", hear);
    try {
      await run(function* main() {
        yield* gosched();
        burn(30);
      });
      assert.equal(heard.length, 1);
      assert.ok((heard[0]?.ms as number) >= 30);
      assert.equal(heard[0]?.processor, 0);
      await run(function* main() {
        const ch = chan<void>();
        setImmediate(() => {
          burn(30);
          ch.trySend(undefined);
        });
        yield* ch.recv();
      });
      assert.equal(heard.length, 1);
      // In the middle of a slice: between two entries of the loop.
      await run(function* main() {
        yield* wait(Promise.resolve().then(() => burn(30)));
      });
      assert.equal(heard.length, 1);
    } finally {
      unsubscribe("gort:long-slice", hear);
    }
  });

  it("costs nothing without a subscriber: no message is made, and the clock is not read at the loop's ends", async () => {
    assert.equal(channel("gort:long-slice").hasSubscribers, false);
    // Whether somebody listens is asked when a slice begins.
    await new Promise((resolve) => setImmediate(resolve));
    await run(function* main() {
      yield* go(() => burn(15));
    });
    assert.equal(longSlices.watched, false);
  });

  it("is not loaded by importing gort", async () => {
    const { stdout, code } = await program(`
      const before = process.getBuiltinModule;
      let asked = 0;
      process.getBuiltinModule = (name) => { if (name.includes("diagnostics")) asked++; return before(name); };
      await import("gort");
      console.log(asked);`);
    assert.deepEqual([stdout, code], ["0\n", 0]);
  });
});
