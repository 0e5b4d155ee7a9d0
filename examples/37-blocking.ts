/**
 * `blocking`: a call that blocks its thread runs on a spare one, and this core goes on.
 *
 * `execFileSync` holds its thread until the child has ended. Here the child asks a server that is a goroutine of this very core: called directly, the two would wait
 * for each other for ever. Where there is a promise (`execFile`) that is better still; `blocking` is for what has none, as many database drivers. The function is
 * portable, and its arguments and result are copied.
 */
import { execFileSync } from "node:child_process";
import { blocking, type Goroutine, go, gosched, portable, select, sleep } from "gort";
import { type Listener, listen } from "gort/net";

export const ask = portable(function ask(port: number, question: string): string {
  const script = `
    const socket = require("node:net").connect(${port}, "127.0.0.1");
    socket.end(${JSON.stringify(`${question}\n`)});
    socket.pipe(process.stdout);`;
  return execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
});

export const fail = portable(function fail(): void {
  execFileSync(process.execPath, ["-e", "process.exit(3)"]);
});

/** Holds its thread until the flag is set. */
export const hold = portable(function hold(flag: Int32Array): void {
  Atomics.wait(flag, 0, 0);
});

function* answer(listener: Listener): Goroutine {
  for (;;) {
    const conn = yield* listener.accept();
    const question = yield* conn.readLine();
    yield* conn.write(`${question} = 42`);
    conn.close();
  }
}

export function* main(): Goroutine {
  const listener = yield* listen({ port: 0, host: "127.0.0.1" });
  go(answer, listener);
  if (!("port" in listener.addr)) return;
  const { port } = listener.addr;

  const asking = go(function* () {
    return yield* blocking(ask, port, "6 * 7");
  });
  yield* gosched();
  console.log(`meanwhile its goroutine is: ${asking.status}`);
  console.log(yield* asking);

  // What it throws is thrown here.
  try {
    yield* blocking(fail);
  } catch (error) {
    console.log(`exit code ${(error as { status?: number }).status}`);
  }

  // It is an operation like any other. The call itself cannot be interrupted: it runs on, and the process cannot end before it.
  const flag = new Int32Array(new SharedArrayBuffer(4)); // shared, not copied
  const s = yield* select({ held: blocking(hold, flag), late: sleep(5) });
  console.log(s.case);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

// Output:
// meanwhile its goroutine is: syscall
// 6 * 7 = 42
// exit code 3
// late
