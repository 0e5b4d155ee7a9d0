/**
 * Goroutines that never stop do not starve the program: timers and sockets are served beside them. No time is measured: the programs
 * end when a number of timers has fired and of messages has gone round, and a program that starves them hangs.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { output } from "./program.ts";

const LOADS: [name: string, source: string][] = [
  ["gosched for ever, yield*", "go(function* () { for (;;) { yield* gosched(); turns++; } });"],
  ["gosched for ever, await", "(async () => { for (;;) { await gosched(); turns++; } })();"],
  [
    "a ping-pong, yield*",
    `const a = chan(), b = chan();
     go(function* () { for (;;) { yield* a.send(1); yield* b.recv(); turns++; } });
     go(function* () { for (;;) { yield* a.recv(); yield* b.send(1); } });`,
  ],
  [
    "a ping-pong, await",
    `const a = chan(), b = chan();
     (async () => { for (;;) { await a.send(1); await b.recv(); turns++; } })();
     (async () => { for (;;) { await a.recv(); await b.send(1); } })();`,
  ],
  [
    "a ping-pong between a goroutine and an async function",
    `const a = chan(), b = chan();
     go(function* () { for (;;) { yield* a.send(1); yield* b.recv(); turns++; } });
     (async () => { for await (const _ of a) await b.send(1); })();`,
  ],
  [
    "a goroutine that never has to wait",
    `const a = chan(1);
     go(function* () { for (;;) { yield* a.send(1); yield* a.recv(); turns++; } });`,
  ],
  [
    "an async function that never has to wait",
    `const a = chan(1);
     (async () => { for (;;) { await a.send(1); await a.recv(); turns++; } })();`,
  ],
  [
    "a select that is always ready",
    `const a = chan(1);
     go(function* () { for (;;) { yield* select({ out: a.send(1), in: a.recv() }); turns++; } });`,
  ],
  ["goroutines that start goroutines", "go(function* child() { turns++; yield* gosched(); go(child); });"],
  [
    "joins of goroutines that have ended",
    "const over = go(() => 1); go(function* () { for (;;) { yield* over; turns++; } });",
  ],
];

describe("a timer and a socket are served beside", () => {
  for (const [name, load] of LOADS) {
    it(name, async () => {
      const stdout = await output(`import { connect, createServer } from "node:net";
        import { chan, go, gosched, select } from "gort";
        let turns = 0;
        ${load}
        const fired = new Promise((resolve) => {
          let left = 20;
          const tick = () => (--left === 0 ? resolve() : setTimeout(tick, 1));
          setTimeout(tick, 1);
        });
        const echoed = new Promise((resolve) => {
          const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1", () => {
            let left = 20;
            const socket = connect(server.address().port, "127.0.0.1", () => socket.write("x"));
            socket.on("data", () => (--left === 0 ? resolve() : socket.write("x")));
          });
        });
        await Promise.all([fired, echoed]);
        const before = turns;
        await new Promise((resolve) => setTimeout(resolve, 1));
        console.log(before > 0 && turns > before ? "both went on" : "stopped at " + before);
        process.exit();`);
      assert.equal(stdout, "both went on\n");
    });
  }

  it("each other: a goroutine and an async function that both never stop go on", async () => {
    const stdout = await output(`import { go, gosched } from "gort";
      const turns = [0, 0];
      const both = () => turns[0] > 20 && turns[1] > 20;
      const finish = () => { console.log("both went on"); process.exit(); };
      go(function* () { for (;;) { yield* gosched(); turns[0]++; if (both()) finish(); } });
      (async () => { for (;;) { await gosched(); turns[1]++; if (both()) finish(); } })();`);
    assert.equal(stdout, "both went on\n");
  });
});
