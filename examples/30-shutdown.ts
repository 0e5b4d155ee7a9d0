/**
 * A graceful shutdown: a signal ends the intake, what was begun is finished, and then the program ends.
 *
 * `notify` gives a channel of signals; while it is there, they do not end the process. A goroutine that waits on it is no deadlock: a signal may
 * come at any time. `stopNotify` gives the signals back, so that a second Ctrl-C ends a program whose shutdown hangs.
 *
 * The program sends itself the signal that `kill` or a container's runtime would send. (Windows knows no SIGTERM: there `process.kill` just ends
 * it.)
 */
import {
  background,
  type Context,
  chan,
  type Goroutine,
  go,
  notify,
  type RecvChan,
  range,
  type SendChan,
  select,
  sleep,
  stopNotify,
  WaitGroup,
  withCancel,
} from "gort";

/** Takes orders until the context ends, and closes behind itself: so the end reaches the workers. */
function* intake(ctx: Context, orders: SendChan<number>): Goroutine {
  for (let order = 1; ; order++) {
    const s = yield* select({ sent: orders.send(order), end: ctx.done() });
    if (s.case === "end") break;
    if (order === 3) process.kill(process.pid, "SIGTERM");
  }
  console.log("intake: closed");
  orders.close();
}

function* worker(orders: RecvChan<number>, done: { begun: number; finished: number }): Goroutine {
  for (const order = range(orders); yield* order.next(); ) {
    done.begun++;
    yield* sleep(1); // what is begun is finished
    done.finished++;
  }
}

export function* main(): Goroutine {
  const signals = notify("SIGTERM", "SIGINT");
  const [ctx, cancel] = withCancel(background());
  const orders = chan<number>();
  const done = { begun: 0, finished: 0 };
  const workers = new WaitGroup();
  for (let i = 0; i < 2; i++) workers.go(worker, orders, done);
  go(intake, ctx, orders);

  console.log(`main: ${yield* signals.recv()}, shutting down`);
  stopNotify(signals); // from here on a second one ends the process
  cancel();

  const s = yield* select({ finished: workers.wait(), late: sleep(10_000) });
  if (s.case === "late") throw new Error("the workers do not end");
  console.log(`main: what was begun is finished: ${done.begun === done.finished && done.begun >= 3}`);
}

// Output:
// main: SIGTERM, shutting down
// intake: closed
// main: what was begun is finished: true
