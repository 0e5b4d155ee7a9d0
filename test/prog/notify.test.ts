/**
 * Programs that are sent signals: what keeps them alive, how they end, and which of them are stuck.
 *
 * Where a program has to wait and not end, the signal comes from a timer that does not keep it alive itself.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDump, parseReport, summary } from "./dump.ts";
import { mortal } from "./mortal.ts";
import { output, program } from "./program.ts";

const WINDOWS = process.platform === "win32";
/** A signal for the program, after the time in which it would have ended or been found asleep. */
const later = (signal: string): string =>
  `setTimeout(() => process.kill(process.pid, "${signal}"), 100).unref();`;

const BOTH = [
  ["node", {}],
  ["the command", { command: true }],
] as const;

describe("a wait for a signal", { skip: WINDOWS }, () => {
  for (const [name, settings] of BOTH) {
    it(`keeps the process alive and is no deadlock, under ${name}`, async () => {
      const stdout = await output(
        `import { notify, run } from "gort";
        await run(function* () { ${later("SIGHUP")} console.log(yield* notify("SIGHUP").recv()); });`,
        settings,
      );
      assert.equal(stdout, "SIGHUP\n");
    });
  }

  it("does so in the command's main", async () => {
    const stdout = await output(
      `import { notify } from "gort";
      export function* main() { ${later("SIGHUP")} console.log(yield* notify("SIGHUP").recv()); }`,
      { command: true },
    );
    assert.equal(stdout, "SIGHUP\n");
  });

  it("does so at the top level, in for await and as a case", async () => {
    const stdout = await output(`import { chan, notify, run, select } from "gort";
      const signals = notify("SIGHUP");
      ${later("SIGHUP")}
      console.log(await signals.recv());
      ${later("SIGHUP")}
      for await (const signal of signals) { console.log(signal); break; }
      ${later("SIGHUP")}
      console.log(await run(() => select({ signal: signals.recv(), never: chan().recv() })));`);
    assert.equal(stdout, "SIGHUP\nSIGHUP\n{ case: 'signal', value: 'SIGHUP' }\n");
  });

  it("does so in a goroutine that run does not wait for", async () => {
    const stdout = await output(`import { go, notify } from "gort";
      go(function* () { ${later("SIGHUP")} console.log(yield* notify("SIGHUP").recv()); });`);
    assert.equal(stdout, "SIGHUP\n");
  });

  it("that is over keeps nothing: the channel alone lets the process end", async () => {
    const stdout = await output(`import { notify, run, select, sleep } from "gort";
      const signals = notify();
      await run(() => select({ signal: signals.recv(), late: sleep(1) }));
      console.log(signals.tryRecv());`);
    assert.equal(stdout, "undefined\n");
  });

  it("that is over does not hide a deadlock", async () => {
    const stdout = await output(`import { chan, notify, run, select, sleep } from "gort";
      const signals = notify("SIGHUP");
      const error = await run(function* main() {
        yield* select({ signal: signals.recv(), late: sleep(1) });
        yield* chan().send(1);
      }).catch((error) => error);
      process.stdout.write(error.dump);`);
    assert.deepEqual(summary(parseDump(stdout)), ["1 [chan send] main"]);
  });
});

describe("a channel that was stopped", { skip: WINDOWS }, () => {
  it("wakes nobody any more: who waits for it is asleep for ever", async () => {
    for (const command of [false, true]) {
      const { code, stderr } = await program(
        `import { notify, run, stopNotify } from "gort";
        function* program() {
          const signals = notify("SIGHUP");
          stopNotify(signals);
          yield* signals.recv();
        }
        await run(program, { onDeadlock: "exit" });`,
        { command },
      );
      assert.equal(code, 2);
      assert.deepEqual(summary(parseReport(stderr).blocks), ["1 [chan receive] program"]);
    }
  });

  for (const [who, stop] of [
    ["another goroutine", "go(function* stopper() { stopNotify(signals); });"],
    ["a callback of the host", "setImmediate(() => setImmediate(stopNotify, signals));"],
    ["a timer of the host", "setTimeout(stopNotify, 20, signals);"],
  ] as const) {
    it(`is a deadlock for who waited before, when ${who} stops it`, async () => {
      const stdout = await output(`import { go, notify, run, stopNotify } from "gort";
        const error = await run(function* main() {
          const signals = notify("SIGHUP");
          ${stop}
          yield* signals.recv();
        }).catch((error) => error);
        process.stdout.write(error.dump);`);
      assert.deepEqual(summary(parseDump(stdout)), ["1 [chan receive] main"]);
    });
  }

  it("is a deadlock for who waits at the top level", async () => {
    const { code, stderr } = await program(`import { notify, stopNotify } from "gort";
      const signals = notify("SIGHUP");
      setTimeout(stopNotify, 20, signals);
      await signals.recv();`);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /fatal error: all goroutines are asleep - deadlock!\n\nexternal waiter 1 \[chan receive\]:\n$/,
    );
  });
});

describe("SIGINT", { skip: WINDOWS }, () => {
  for (const [name, settings, death] of [
    ["node", {}, "SIGINT"],
    ["the command", { command: true }, "130"],
  ] as const) {
    it(`is the program's while it listens, and its end after stopNotify, under ${name}`, async () => {
      const stdout = await mortal(
        `import { notify, run, sleep, stopNotify } from "gort";
        await run(function* () {
          const signals = notify("SIGINT");
          console.log("send SIGINT");
          console.log(yield* signals.recv());
          stopNotify(signals);
          console.log("send SIGINT");
          yield* sleep(Infinity);
        });`,
        settings,
      );
      assert.equal(stdout, `SIGINT\n${death}\n`);
    });

    it(`is the program's while another channel or listener is left, under ${name}`, async () => {
      const stdout = await mortal(
        `import { notify, run, select, sleep, stopNotify, wait } from "gort";
        await run(function* () {
          const [first, second] = [notify("SIGINT", "SIGTERM"), notify("SIGINT")];
          stopNotify(first);
          console.log("send SIGINT");
          console.log(yield* second.recv());
          const heard = new Promise((resolve) => process.once("SIGINT", resolve));
          stopNotify(second);
          console.log("send SIGINT");
          console.log(yield* select({ heard: wait(heard), never: sleep(Infinity) }));
          console.log("send SIGINT");
          yield* sleep(Infinity);
        });`,
        settings,
      );
      assert.equal(stdout, `SIGINT\n{ case: 'heard', value: 'SIGINT' }\n${death}\n`);
    });

    it(`is the end of a program that never listened to it, under ${name}`, async () => {
      const stdout = await mortal(
        `import { notify, run, sleep } from "gort";
        await run(function* () {
          notify("SIGHUP", "SIGTERM");
          console.log("send SIGINT");
          yield* sleep(Infinity);
        });`,
        settings,
      );
      assert.equal(stdout, `${death}\n`);
    });
  }
});

describe("the default action", { skip: WINDOWS }, () => {
  it("is back when nobody listens: SIGTERM ends the process", async () => {
    const stdout = await mortal(`import { notify, run, sleep, stopNotify } from "gort";
      await run(function* () {
        const [one, other] = [notify(), notify("SIGTERM")];
        console.log("send SIGTERM");
        console.log(yield* one.recv(), yield* other.recv());
        stopNotify(one);
        console.log("send SIGTERM");
        console.log(yield* other.recv(), one.length);
        stopNotify(other);
        console.log("send SIGTERM");
        yield* sleep(Infinity);
      });`);
    assert.equal(stdout, "SIGTERM SIGTERM\nSIGTERM 0\nSIGTERM\n");
  });

  it("of SIGPIPE and SIGXFSZ is Node's, to ignore them; SIGUSR1 is ignored as well once it was listened to", async () => {
    const stdout = await mortal(`import { notify, run, stopNotify, wait } from "gort";
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      await run(function* () {
        const names = ["SIGPIPE", "SIGXFSZ", "SIGUSR1"];
        stopNotify(notify(...names));
        for (let i = 0; i < 4; i++) yield* wait(turn());
        for (const name of names) process.kill(process.pid, name);
        const again = notify("SIGPIPE");
        process.kill(process.pid, "SIGPIPE");
        console.log(yield* again.recv());
      });`);
    assert.equal(stdout, "SIGPIPE\n0\n");
  });
});

describe("a graceful shutdown", { skip: WINDOWS }, () => {
  const source = `import { chan, go, notify, range, run, select, sleep, stopNotify } from "gort";
    await run(function* main() {
      const stop = notify("SIGINT", "SIGTERM");
      const jobs = chan(2);
      const done = chan();
      go(function* worker() {
        for (const job = range(jobs); yield* job.next(); ) {
          if (job.value === 5) console.log("send SIGTERM");
          yield* sleep(1);
        }
        yield* done.send("drained");
      });
      let sent = 0;
      for (let stopped = false; !stopped; ) {
        const s = yield* select({ stop: stop.recv(), job: jobs.send(sent) });
        if (s.case === "stop") {
          console.log(s.value);
          stopNotify(stop);
          stopped = true;
        } else sent++;
      }
      jobs.close();
      console.log(yield* done.recv(), sent > 5);
    });
    console.log("bye");`;

  for (const [name, settings] of BOTH) {
    it(`lets the workers finish what they have, under ${name}`, async () => {
      assert.equal(await mortal(source, settings), "SIGTERM\ndrained true\nbye\n0\n");
    });
  }
});
