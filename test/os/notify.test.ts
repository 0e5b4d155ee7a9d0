/**
 * notify and stopNotify, in this process, which sends itself signals. Whole programs (exit codes, deadlocks, what keeps a process alive)
 * are in test/prog/notify.test.ts.
 *
 * SIGINT and SIGTERM are left to the test runner. That no signal came is seen beside a witness: another channel, which did get it.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:os";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import {
  chan,
  type Goroutine,
  go,
  InvalidSignalError,
  notify,
  type RecvChan,
  range,
  select,
  stopNotify,
} from "gort";
import { linger } from "#src/os/notify.ts";
import { host } from "#src/runtime/netpoll.ts";
import { inMain, mustFinish, rest, turn } from "../go/support.ts";

type Signals = RecvChan<NodeJS.Signals>;

const send = (signal: NodeJS.Signals): void => void process.kill(process.pid, signal);
const WINDOWS = process.platform === "win32";
const KNOWN = Object.keys(constants.signals) as NodeJS.Signals[];

linger.after = (leave) => {
  setImmediate(() => setImmediate(leave));
};

/** What is listened to. */
const listened = (): string[] =>
  process.eventNames().filter((name) => String(name).startsWith("SIG")) as string[];

/** Sends `signal` and waits until it has been given out to every channel made before `witness`. */
function* sent(signal: NodeJS.Signals, witness: Signals): Goroutine {
  send(signal);
  assert.equal(yield* witness.recv(), signal);
}

/** Every channel of a test, stopped when it is over. */
let made: Signals[] = [];
function listen(...signals: NodeJS.Signals[]): Signals {
  const ch = notify(...signals);
  made.push(ch);
  return ch;
}

beforeEach(() => {
  made = [];
  assert.equal(host.waiting, 0);
});
afterEach(async () => {
  for (const ch of made) stopNotify(ch);
  // A listener outlives its last channel for a turn of the event loop.
  await turn();
  await turn();
  await turn();
  assert.equal(host.waiting, 0, "a wait is still counted");
});

/** The values that can be taken at once. */
function drain(ch: Signals): NodeJS.Signals[] {
  const all: NodeJS.Signals[] = [];
  for (let got = ch.tryRecv(); got?.[1]; got = ch.tryRecv()) all.push(got[0]);
  return all;
}

describe("a channel of signals", { skip: WINDOWS }, () => {
  it(
    "gives the signal's name to a goroutine that waits",
    inMain(function* () {
      const ch = listen("SIGUSR2");
      const waiter = go(() => ch.recv());
      yield* rest(waiter);
      send("SIGUSR2");
      assert.equal(yield* waiter, "SIGUSR2");
    }),
  );

  it(
    "gives it in every way of receiving",
    inMain(function* () {
      const ch = listen("SIGUSR2", "SIGHUP");
      send("SIGHUP");
      assert.deepEqual(yield* ch.recvOk(), ["SIGHUP", true]);
      send("SIGUSR2");
      assert.deepEqual(yield* select({ signal: ch.recv(), never: chan().recv() }), {
        case: "signal",
        value: "SIGUSR2",
      });
      send("SIGHUP");
      const cursor = range(ch);
      assert.equal(yield* cursor.next(), true);
      assert.equal(cursor.value, "SIGHUP");
    }),
  );

  it("gives it to async code", async () => {
    const ch = listen("SIGUSR2");
    send("SIGUSR2");
    assert.equal(await ch.recv(), "SIGUSR2");
    send("SIGUSR2");
    for await (const signal of ch) {
      assert.equal(signal, "SIGUSR2");
      break;
    }
  });

  it(
    "serves those who wait first come, first served, one signal each",
    inMain(function* () {
      const ch = listen("SIGUSR2", "SIGHUP", "SIGCONT");
      const order: string[] = [];
      const waiters = [0, 1, 2].map((i) =>
        go(function* () {
          order.push(`${i} ${yield* ch.recv()}`);
        }),
      );
      yield* rest(...waiters);
      for (const signal of ["SIGHUP", "SIGCONT", "SIGUSR2"] as const) {
        const waiter = waiters[order.length];
        send(signal);
        yield* waiter!;
      }
      assert.deepEqual(order, ["0 SIGHUP", "1 SIGCONT", "2 SIGUSR2"]);
    }),
  );

  it(
    "gets the signals it was asked for, and no others",
    inMain(function* () {
      const ch = listen("SIGHUP");
      const witness = listen("SIGUSR2");
      yield* sent("SIGUSR2", witness);
      assert.equal(ch.tryRecv(), undefined);
    }),
  );

  it(
    "keeps 64 signals that nobody has received yet, the first ones",
    inMain(function* () {
      const ch = listen("SIGUSR2", "SIGHUP");
      const witness = listen("SIGUSR2", "SIGHUP");
      assert.deepEqual([ch.length, ch.capacity, ch.closed], [0, 64, false]);
      for (let i = 1; i <= 70; i++) {
        yield* sent(i <= 64 ? "SIGUSR2" : "SIGHUP", witness);
        assert.equal(ch.length, Math.min(i, 64));
      }
      assert.deepEqual(drain(ch), Array(64).fill("SIGUSR2"));
      yield* sent("SIGHUP", witness);
      assert.deepEqual(drain(ch), ["SIGHUP"]);
    }),
  );

  it(
    "gets a name that was given twice once, and so one by its second name",
    inMain(function* () {
      const twice = listen("SIGHUP", "SIGUSR2", "SIGHUP");
      const aliases = listen("SIGABRT", "SIGIOT");
      const witness = listen("SIGABRT", "SIGHUP");
      yield* sent("SIGHUP", witness);
      assert.deepEqual(drain(twice), ["SIGHUP"]);
      yield* sent("SIGABRT", witness);
      assert.deepEqual(drain(aliases), ["SIGABRT"]);
    }),
  );

  it(
    "is one of any number for a signal: each gets it, through one listener of the host",
    inMain(function* () {
      const all = Array.from({ length: 30 }, () => listen("SIGHUP"));
      assert.equal(process.listenerCount("SIGHUP"), 1);
      const witness = listen("SIGHUP");
      yield* sent("SIGHUP", witness);
      for (const ch of all) assert.deepEqual(drain(ch), ["SIGHUP"]);
    }),
  );

  it(
    "goes on beside listeners of the program, and after they were all removed",
    inMain(function* () {
      let heard = 0;
      process.on("SIGHUP", () => heard++);
      const ch = listen("SIGHUP");
      yield* sent("SIGHUP", ch);
      assert.equal(heard, 1);
      process.removeAllListeners("SIGHUP");
      const other = listen("SIGHUP");
      yield* sent("SIGHUP", other);
      assert.deepEqual(drain(ch), ["SIGHUP"]);
      assert.equal(heard, 1);
    }),
  );

  it(
    "that loses its select takes nothing",
    inMain(function* () {
      const ch = listen("SIGHUP");
      const ready = chan<string>(1);
      const waiter = go(() => select({ signal: ch.recv(), ready: ready.recv() }));
      yield* rest(waiter);
      assert.equal(host.waiting, 1);
      ready.trySend("ready");
      assert.equal((yield* waiter).case, "ready");
      assert.equal(host.waiting, 0);
      const witness = listen("SIGHUP");
      yield* sent("SIGHUP", witness);
      assert.deepEqual(drain(ch), ["SIGHUP"]);
    }),
  );

  it(
    "that wins its select leaves the signal for the other channels",
    inMain(function* () {
      const one = listen("SIGHUP");
      const other = listen("SIGHUP");
      const waiter = go(() => select({ one: one.recv(), other: other.recv() }));
      yield* rest(waiter);
      send("SIGHUP");
      assert.deepEqual(yield* waiter, { case: "one", value: "SIGHUP" });
      assert.deepEqual([drain(one), drain(other)], [[], ["SIGHUP"]]);
    }),
  );

  it(
    "is a wait for the host while somebody waits, and only then",
    inMain(function* () {
      const ch = listen("SIGHUP");
      assert.equal(host.waiting, 0);
      const waiters = [go(() => ch.recv()), go(() => ch.recv())];
      yield* rest(...waiters);
      assert.equal(host.waiting, 1);
      send("SIGHUP");
      yield* waiters[0]!;
      assert.equal(host.waiting, 1);
      send("SIGHUP");
      yield* waiters[1]!;
      assert.equal(host.waiting, 0);
    }),
  );
});

describe("stopNotify", { skip: WINDOWS }, () => {
  it(
    "lets nothing come any more; what has come stays",
    inMain(function* () {
      const ch = listen("SIGHUP");
      const witness = listen("SIGHUP");
      yield* sent("SIGHUP", witness);
      stopNotify(ch);
      yield* sent("SIGHUP", witness);
      assert.deepEqual([ch.length, ch.closed], [1, false]);
      assert.deepEqual(drain(ch), ["SIGHUP"]);
    }),
  );

  it(
    "lets a signal that is under way not come either",
    inMain(function* () {
      const ch = listen("SIGHUP");
      const witness = listen("SIGHUP");
      send("SIGHUP");
      stopNotify(ch);
      assert.equal(yield* witness.recv(), "SIGHUP");
      assert.deepEqual(drain(ch), []);
    }),
  );

  it("leaves a signal that is under way to the program's own listeners, once", async () => {
    let heard = 0;
    const hear = (): void => void heard++;
    process.on("SIGHUP", hear);
    const ch = listen("SIGHUP");
    send("SIGHUP");
    stopNotify(ch);
    for (let i = 0; i < 10; i++) await turn();
    process.off("SIGHUP", hear);
    assert.deepEqual([heard, drain(ch)], [1, []]);
  });

  it(
    "wakes nobody: who waits is left, and counts no longer as waiting for the host",
    inMain(function* () {
      const ch = listen("SIGHUP");
      const witness = listen("SIGHUP");
      const over = chan(1);
      const waiter = go(() => select({ signal: ch.recv(), over: over.recv() }));
      yield* rest(waiter);
      stopNotify(ch);
      assert.equal(host.waiting, 0);
      yield* sent("SIGHUP", witness);
      assert.equal(waiter.status, "waiting");
      over.trySend(null);
      assert.equal((yield* waiter).case, "over");
      const late = go(() => select({ signal: ch.recv(), over: over.recv() }));
      yield* rest(late);
      assert.equal(host.waiting, 0);
      over.trySend(null);
      yield* mustFinish(late, "a case that lost");
    }),
  );

  it("takes the host's listener away with the last channel", async () => {
    const before = listened();
    const [one, other] = [listen("SIGHUP", "SIGUSR2"), listen("SIGHUP")];
    stopNotify(one);
    await turn();
    await turn();
    await turn();
    assert.deepEqual(listened(), [...before, "SIGHUP"]);
    stopNotify(other);
    await turn();
    await turn();
    await turn();
    assert.deepEqual(listened(), before);
  });

  it(
    "lets one who listens anew at once keep the listener",
    inMain(function* () {
      stopNotify(listen("SIGHUP"));
      const ch = listen("SIGHUP");
      for (let i = 0; i < 3; i++) {
        yield* sent("SIGHUP", ch);
        assert.equal(process.listenerCount("SIGHUP"), 1);
      }
    }),
  );

  it(
    "does nothing the second time, and nothing to another channel",
    inMain(function* () {
      const [ch, other] = [listen("SIGHUP"), listen("SIGHUP")];
      stopNotify(ch);
      stopNotify(ch);
      const plain = chan<NodeJS.Signals>(1);
      stopNotify(plain);
      assert.equal(plain.trySend("SIGHUP"), true);
      yield* sent("SIGHUP", other);
    }),
  );

  it("refuses what is no channel", () => {
    for (const [value, says] of [
      [undefined, "undefined"],
      ["SIGINT", 'the string "SIGINT"'],
      [{}, "an object of class Object"],
    ] as const) {
      assert.throws(() => stopNotify(value as never), {
        code: "GORT_INVALID_SIGNAL",
        message: `stopNotify needs the channel that notify gave, got ${says}`,
      });
    }
  });
});

describe("notify of nothing", { skip: WINDOWS }, () => {
  it("is every signal that can be caught, but the faults and the host's own", () => {
    const before = new Set(listened());
    listen();
    const without = [
      "KILL STOP",
      "BUS FPE ILL SEGV STKFLT SYS TRAP",
      "CHLD PIPE PROF USR1 XFSZ",
      "IOT POLL UNUSED",
    ];
    const expected = KNOWN.filter((name) => !without.join(" ").split(" ").includes(name.slice(3)));
    assert.deepEqual(
      listened()
        .filter((name) => !before.has(name))
        .sort(),
      expected.filter((name) => !before.has(name)).sort(),
    );
    for (const name of ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGABRT", "SIGUSR2"])
      assert.ok(listened().includes(name), name);
  });

  it(
    "gives each under its name",
    inMain(function* () {
      const ch = listen();
      for (const signal of ["SIGHUP", "SIGWINCH", "SIGUSR2", "SIGALRM", "SIGTSTP", "SIGIO"] as const)
        yield* sent(signal, ch);
    }),
  );
});

describe("a signal by name", { skip: WINDOWS }, () => {
  it(
    "may be one that the host uses itself",
    inMain(function* () {
      const ch = listen("SIGCHLD", "SIGPIPE", "SIGXFSZ", "SIGPROF", "SIGUSR1");
      for (const signal of ["SIGCHLD", "SIGPIPE", "SIGXFSZ", "SIGPROF", "SIGUSR1"] as const)
        yield* sent(signal, ch);
    }),
  );

  const refused: [name: unknown, says: RegExp][] = [
    ["SIGKILL", /^notify: no process can catch SIGKILL$/],
    ["SIGSTOP", /^notify: no process can catch SIGSTOP$/],
    ["SIGSEGV", /^notify: SIGSEGV is a fault of the process itself; /],
    ["SIGBUS", /SIGBUS is a fault/],
    ["SIGFPE", /SIGFPE is a fault/],
    ["SIGILL", /SIGILL is a fault/],
    ["SIGTRAP", /SIGTRAP is a fault/],
    ["SIGSYS", /SIGSYS is a fault/],
    [
      "SIGNAL",
      /^notify needs names of this system's signals, such as SIGINT or SIGTERM; got the string "SIGNAL"$/,
    ],
    ["sigterm", /such as SIGTERM; got the string "sigterm"$/],
    ["HUP", /such as SIGHUP; got the string "HUP"$/],
    ["", /got the string ""$/],
    ["toString", /got the string "toString"$/],
    ["__proto__", /got the string "__proto__"$/],
    ["exit", /got the string "exit"$/],
    [2, /got the number 2$/],
    [undefined, /got undefined$/],
    [null, /got null$/],
    [["SIGINT"], /got an object of class Array$/],
    [Symbol("SIGINT"), /got the symbol Symbol\(SIGINT\)$/],
  ];
  for (const [name, says] of refused) {
    it(`is refused when it is ${String(name) || "empty"}, before anything is listened to`, () => {
      const before = listened();
      assert.throws(
        () => notify("SIGHUP", name as never),
        (error: InvalidSignalError) => {
          assert.ok(error instanceof InvalidSignalError && error instanceof TypeError);
          assert.deepEqual([error.code, error.name], ["GORT_INVALID_SIGNAL", "TypeError"]);
          assert.match(error.message, says);
          return true;
        },
      );
      assert.deepEqual(listened(), before);
    });
  }

  it("that the host refuses leaves nothing behind", async () => {
    const before = listened();
    const refuse = (name: string | symbol): void => {
      if (name === "SIGALRM") throw new Error("EINVAL");
    };
    process.on("newListener", refuse);
    try {
      assert.throws(() => notify("SIGVTALRM", "SIGALRM"), {
        code: "GORT_INVALID_SIGNAL",
        message: "notify: this system lets nobody listen to SIGALRM",
      });
      await turn();
      await turn();
      await turn();
      assert.deepEqual(listened(), before);
      listen();
      assert.ok(listened().includes("SIGVTALRM") && !listened().includes("SIGALRM"));
    } finally {
      process.off("newListener", refuse);
    }
  });
});

it("notify is refused in a worker, which no signal reaches", async () => {
  const worker = new Worker(
    `import("gort").then(({ notify }) => notify("SIGHUP")).catch(({ code, message }) => require("node:worker_threads").parentPort.postMessage([code, message]))`,
    { eval: true },
  );
  assert.deepEqual(await once(worker, "message"), [
    ["GORT_INVALID_SIGNAL", "notify works on the main thread: no signal reaches a worker"],
  ]);
});
