/**
 * A goroutine that owns its state: nobody else can touch it, and whoever wants something sends a request.
 *
 * The state is in the goroutine's own variables. A request brings the channel for its answer with it. Requests are served one after the other, so
 * a transfer that waits in the middle is still never seen half done: this is the other way to do what a lock does.
 */
import { type Chan, chan, type Goroutine, go, gosched, type RecvChan, type SendChan, WaitGroup } from "gort";

type Request =
  | { readonly kind: "move"; from: string; to: string; amount: number; reply: SendChan<boolean> }
  | { readonly kind: "total"; reply: SendChan<number> };

function* bank(requests: RecvChan<Request>): Goroutine {
  const accounts = new Map([
    ["Ada", 100],
    ["Bob", 0],
  ]);
  for (;;) {
    const request = yield* requests.recv();
    if (request === undefined) return; // closed: nobody will ask any more
    switch (request.kind) {
      case "move": {
        const { from, to, amount, reply } = request;
        const rest = (accounts.get(from) ?? 0) - amount;
        if (rest >= 0) {
          accounts.set(from, rest);
          yield* gosched(); // the books are wrong here, and nobody can see it
          accounts.set(to, (accounts.get(to) ?? 0) + amount);
        }
        yield* reply.send(rest >= 0);
        break;
      }
      case "total":
        yield* request.reply.send([...accounts.values()].reduce((sum, amount) => sum + amount, 0));
    }
  }
}

/** A helper hides the two channels: to whoever calls it, it is a function that waits. */
function* move(requests: Chan<Request>, from: string, to: string, amount: number): Goroutine<boolean> {
  const reply = chan<boolean>();
  yield* requests.send({ kind: "move", from, to, amount, reply });
  return (yield* reply.recv()) ?? false;
}

function* total(requests: Chan<Request>): Goroutine<number> {
  const reply = chan<number>();
  yield* requests.send({ kind: "total", reply });
  return (yield* reply.recv()) ?? 0;
}

export function* main(): Goroutine {
  const requests = chan<Request>();
  const owner = go(bank, requests);

  let moved = 0;
  const totals = new Set<number>();
  const clients = new WaitGroup();
  for (let i = 0; i < 5; i++) {
    clients.go(function* () {
      if (yield* move(requests, "Ada", "Bob", 30)) moved++;
      totals.add(yield* total(requests));
    });
  }
  yield* clients.wait();
  console.log(`${moved} of 5 transfers; totals seen: ${[...totals]}`);

  requests.close();
  yield* owner;
  console.log("the bank is closed");
}

// Output:
// 3 of 5 transfers; totals seen: 100
// the bank is closed
