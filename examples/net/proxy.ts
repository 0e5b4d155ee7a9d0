/**
 * A TCP proxy with a limit of connections, timeouts and a graceful shutdown.
 *
 * Who parks where: the accepting goroutine in `slots.acquire()` while all slots are taken (who connects then waits to be accepted), and in `accept`; each connection's two
 * goroutines in `read`, until their side has sent something, and in `write`, until the other side's kernel has room: so the slower side sets the pace, and what is under way
 * is one buffer each way. A connection over which nothing goes for a while is ended by its read deadlines.
 *
 * SIGTERM or SIGINT: nothing is accepted any more; what goes on may end by itself for a while, and is then cut off through its context.
 *
 *   gort run examples/net/proxy.ts PORT HOST PORT      without arguments it shows itself, and ends
 */
import {
  background,
  type Context,
  chan,
  type Goroutine,
  Group,
  go,
  notify,
  type RecvChan,
  Semaphore,
  select,
  sleep,
  stopNotify,
  WaitGroup,
  withCancel,
  withTimeout,
} from "gort";
import { type Conn, dial, type Listener, listen, serve } from "gort/net";

interface Target {
  readonly host: string;
  readonly port: number;
}

const limits = { connections: 100, connectMs: 5_000, idleMs: 60_000, graceMs: 10_000 };

/** One direction: until the end of the stream. */
function* copy(ctx: Context, from: Conn, to: Conn, touch: () => void): Goroutine {
  const buf = new Uint8Array(65_536);
  for (;;) {
    const count = yield* ctx.wait(from.read(buf));
    if (count === 0) break;
    touch();
    yield* ctx.wait(to.write(buf.subarray(0, count)));
  }
  to.closeWrite();
}

/** Both directions: until both have ended, or one has failed. */
function* relay(ctx: Context, client: Conn, target: Target): Goroutine {
  const [connecting, release] = withTimeout(ctx, limits.connectMs);
  let upstream: Conn;
  try {
    upstream = yield* dial({ ...target, ctx: connecting });
  } finally {
    release();
  }
  // Silence is when nothing goes in either direction.
  const touch = (): void => {
    client.setReadDeadline(limits.idleMs);
    upstream.setReadDeadline(limits.idleMs);
  };
  touch();
  try {
    const both = new Group(ctx);
    const over = both.ctx ?? ctx;
    both.go(copy, over, client, upstream, touch);
    both.go(copy, over, upstream, client, touch);
    yield* both.wait();
  } finally {
    upstream.close();
  }
}

/** Accepts while there are slots, until `intake` is over. */
function* accepting(
  intake: Context,
  ctx: Context,
  listener: Listener,
  target: Target,
  running: WaitGroup,
): Goroutine {
  const slots = new Semaphore(limits.connections);
  try {
    for (;;) {
      yield* intake.wait(slots.acquire());
      const client = yield* intake.wait(listener.accept());
      running.go(function* () {
        try {
          yield* relay(ctx, client, target);
        } catch (error) {
          console.error(`proxy: a connection has ended: ${(error as Error).message}`);
        } finally {
          client.close();
          slots.release();
        }
      });
    }
  } catch (error) {
    if (intake.err === undefined) throw error;
  } finally {
    listener.close();
  }
}

/** Until a signal comes, and what goes on has ended. */
function* proxy(listener: Listener, target: Target, signals: RecvChan<string>): Goroutine {
  const [ctx, cancel] = withCancel(background());
  const [intake, stopIntake] = withCancel(ctx);
  const running = new WaitGroup();
  const acceptor = go(accepting, intake, ctx, listener, target, running);
  try {
    console.log(`proxy: ${yield* signals.recv()}`);
    stopIntake();
    yield* acceptor;
    const s = yield* select({ ended: running.wait(), late: sleep(limits.graceMs) });
    if (s.case === "late") console.log("proxy: cutting off what is left");
    cancel();
    yield* running.wait();
    console.log("proxy: done");
  } finally {
    cancel();
  }
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 65_535;
}

export function* main(): Goroutine {
  const [, , port, host, targetPort] = process.argv;
  if (port === undefined) return yield* demonstrate();
  if (host === undefined || targetPort === undefined || !isPort(port) || !isPort(targetPort)) {
    console.error("usage: proxy.ts PORT HOST PORT");
    process.exitCode = 64;
    return;
  }
  const listener = yield* listen({ port: Number(port) });
  const signals = notify("SIGTERM", "SIGINT");
  try {
    yield* proxy(listener, { host, port: Number(targetPort) }, signals);
  } finally {
    stopNotify(signals);
  }
}

function* demonstrate(): Goroutine {
  limits.connections = 2;
  const upstream = chan<number>(1);
  const host = "127.0.0.1";
  const onListen = (addr: object): void => void upstream.trySend("port" in addr ? Number(addr.port) : 0);
  go(function* () {
    yield* serve({ host, onListen }, function* (conn) {
      for (let line = yield* conn.readLine(); line !== undefined; line = yield* conn.readLine())
        yield* conn.write(`${line}, and back\n`);
    });
  });
  const listener = yield* listen({ host });
  const port = "port" in listener.addr ? listener.addr.port : 0;
  const signals = notify("SIGTERM");
  const proxying = go(proxy, listener, { host, port: (yield* upstream.recv()) ?? 0 }, signals);
  function* say(conn: Conn, line: string): Goroutine<string> {
    yield* conn.write(`${line}\n`);
    return (yield* conn.readLine()) ?? "the end";
  }

  const first = yield* dial({ host, port });
  console.log(yield* say(first, "one"));
  limits.idleMs = 50;
  const silent = yield* dial({ host, port });
  console.log(`the silent one reads: ${(yield* silent.readLine()) ?? "the end"}`);
  silent.close();
  limits.idleMs = 60_000;
  const second = yield* dial({ host, port });
  console.log(yield* say(second, "two"));

  const third = yield* dial({ host, port });
  const saying = go(say, third, "three");
  const s = yield* select({ said: saying, late: sleep(50) });
  console.log(`the third one waits for a slot: ${s.case === "late"}`);
  second.close();
  console.log(yield* saying);
  third.close();

  process.kill(process.pid, "SIGTERM"); // as `kill` or a container's runtime would
  for (let refused = false; !refused; ) {
    try {
      const late = yield* dial({ host, port });
      late.close();
      yield* sleep(1); // the signal is not there yet
    } catch (error) {
      refused = true;
      console.log(`a new one: ${(error as { code?: string }).code}`);
    }
  }
  console.log(yield* say(first, "last words"));
  first.close();
  yield* proxying;
  stopNotify(signals);
}

// Output:
// one, and back
// the silent one reads: the end
// two, and back
// the third one waits for a slot: true
// three, and back
// proxy: SIGTERM
// a new one: ECONNREFUSED
// last words, and back
// proxy: done
