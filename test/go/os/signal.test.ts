/**
 * Facts of Go's os/signal/signal_test.go.
 *
 * Go's tests wait a while for signals that should not come. Here a second channel, made later and served later, tells when a signal has been given out.
 * SIGINT and SIGTERM are left to the test runner, except in programs of their own.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Goroutine, go, notify, type RecvChan, stopNotify } from "gort";
import { mortal } from "../../prog/mortal.ts";
import { inMain } from "../support.ts";

type Signals = RecvChan<NodeJS.Signals>;

const send = (signal: NodeJS.Signals): void => void process.kill(process.pid, signal);

/** Receives until `signal` comes, which must be the next one. */
function* waitSig(ch: Signals, signal: NodeJS.Signals): Goroutine {
  assert.equal(yield* ch.recv(), signal);
}

/** `body`, and no channel of it listens afterwards. */
const listening = (body: (listen: typeof notify) => Goroutine): (() => Promise<void>) =>
  inMain(function* () {
    const made: Signals[] = [];
    try {
      yield* body((...signals) => {
        const ch = notify(...signals);
        made.push(ch);
        return ch;
      });
    } finally {
      for (const ch of made) stopNotify(ch);
    }
  });

describe("signal_test.go", { skip: process.platform === "win32" }, () => {
  it(
    "TestSignal: one channel for SIGHUP and one for everything, and the one that nobody receives from holds up nothing",
    listening(function* (listen) {
      const hup = listen("SIGHUP");
      send("SIGHUP");
      yield* waitSig(hup, "SIGHUP");
      const all = listen();
      send("SIGWINCH");
      yield* waitSig(all, "SIGWINCH");
      for (let i = 0; i < 2; i++) {
        send("SIGHUP");
        yield* waitSig(all, "SIGHUP");
      }
      // Go's channel has room for one, and the second is dropped; here both are there.
      assert.equal(hup.length, 2);
      yield* waitSig(hup, "SIGHUP");
      yield* waitSig(hup, "SIGHUP");
    }),
  );

  it(
    "TestStress: a sender and a receiver at full speed, and after Stop nothing comes",
    listening(function* (listen) {
      const ch = listen("SIGUSR2");
      const witness = listen("SIGUSR2");
      let received = 0;
      go(function* () {
        for (;;) {
          yield* ch.recv();
          received++;
        }
      });
      for (let i = 1; i <= 500; i++) {
        send("SIGUSR2");
        yield* waitSig(witness, "SIGUSR2");
      }
      assert.equal(received, 500);
      stopNotify(ch);
      send("SIGUSR2");
      yield* waitSig(witness, "SIGUSR2");
      assert.deepEqual([received, ch.length], [500, 0]);
    }),
  );

  for (const signal of ["SIGWINCH", "SIGHUP", "SIGUSR2"] as const) {
    it(
      `TestStop ${signal}: it comes between Notify and Stop, and not after`,
      listening(function* (listen) {
        const ch = listen(signal);
        send(signal);
        yield* waitSig(ch, signal);
        stopNotify(ch);
        const witness = listen(signal);
        send(signal);
        yield* waitSig(witness, signal);
        assert.equal(ch.tryRecv(), undefined);
      }),
    );
  }

  it(
    "TestIgnored: a signal that is ignored by default, like SIGWINCH, is ignored again after Stop",
    listening(function* (listen) {
      stopNotify(listen("SIGWINCH"));
      send("SIGWINCH");
      const ch = listen("SIGCONT");
      send("SIGCONT");
      yield* waitSig(ch, "SIGCONT");
      send("SIGWINCH");
      send("SIGCONT");
      yield* waitSig(ch, "SIGCONT");
    }),
  );

  it("TestNohup: SIGHUP ends a program before Notify and after Stop, and not between them", async () => {
    const between = `console.log("send SIGHUP"); console.log(yield* signals.recv());`;
    for (const [before, after, printed] of [
      [`console.log("send SIGHUP"); yield* sleep(Infinity);`, "", "SIGHUP\n"],
      ["", `console.log("send SIGHUP"); yield* sleep(Infinity);`, "SIGHUP\nSIGHUP\n"],
      ["", "", "SIGHUP\n0\n"],
    ]) {
      const stdout = await mortal(`import { notify, run, sleep, stopNotify } from "gort";
        await run(function* () {
          ${before}
          const signals = notify("SIGHUP");
          ${between}
          stopNotify(signals);
          ${after}
        });`);
      assert.equal(stdout, printed);
    }
  });

  it(
    "TestSIGCONT: it can be listened to",
    listening(function* (listen) {
      const ch = listen("SIGCONT");
      send("SIGCONT");
      yield* waitSig(ch, "SIGCONT");
    }),
  );

  for (const [name, settings, death] of [
    ["node", {}, "SIGINT"],
    ["the command", { command: true }, "130"],
  ] as const) {
    it(`TestAtomicStop: a signal that races with Stop is received or ends the program, and is never lost, under ${name}`, async () => {
      // How many times the event loop turns between the signal and Stop: with none it cannot have been received yet.
      const runs = [0, 1, 2, 3].map(async (turns) => {
        const stdout = await mortal(
          `import { notify, stopNotify } from "gort";
          const signals = notify("SIGINT");
          process.kill(process.pid, "SIGINT");
          const turn = () => new Promise((resolve) => setImmediate(resolve));
          for (let i = 0; i < ${turns}; i++) await turn();
          stopNotify(signals);
          const got = signals.tryRecv();
          for (let i = 0; i < 10; i++) await turn();
          console.log(got === undefined && signals.length === 0 ? "lost" : "received");`,
          settings,
        );
        return [turns, stdout] as const;
      });
      for (const [turns, stdout] of await Promise.all(runs)) {
        const received = "received\n0\n";
        if (turns === 0) assert.equal(stdout, `${death}\n`);
        else if (turns === 3) assert.equal(stdout, received);
        else assert.ok([`${death}\n`, received].includes(stdout), `${turns} turns: ${stdout}`);
      }
    });
  }

  it(
    "TestTime: signals while the program reads the clock without end arrive once it gives way",
    listening(function* (listen) {
      const ch = listen("SIGUSR2");
      send("SIGUSR2");
      for (let i = 0; i < 100_000; i++) performance.now();
      yield* waitSig(ch, "SIGUSR2");
    }),
  );
});
