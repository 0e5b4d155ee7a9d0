/**
 * An echo server that shouts: a goroutine per connection.
 *
 * Who parks where: the server in `accept`, until somebody connects; each goroutine in `readLine`, until its client has sent a line, and in `write`, until the kernel has
 * room for the answer, so a client that does not read holds up nobody but itself. The state of a connection is where its goroutine stands in the loop below, and its
 * local variables.
 *
 * The same with callbacks: echo-callbacks.ts. With the goroutines unrolled by hand: echo-poll.ts.
 *
 *   gort run examples/net/echo.ts [PORT]      without a port it talks to itself, and ends
 */
import { type Goroutine, go } from "gort";
import { type Conn, dial, type Listener, listen } from "gort/net";

function* shout(conn: Conn): Goroutine {
  try {
    for (let line = yield* conn.readLine(); line !== undefined; line = yield* conn.readLine())
      yield* conn.write(`${line.toUpperCase()}\n`);
  } catch {
    // A reset or an endless line ends this connection. Uncaught it would end the server: `go` is not `serve`, which reports a handler's error and goes on.
  } finally {
    conn.close();
  }
}

function* serve(listener: Listener): Goroutine {
  for (;;) go(shout, yield* listener.accept());
}

function* client(port: number, lines: readonly string[]): Goroutine<string[]> {
  const conn = yield* dial({ host: "127.0.0.1", port });
  try {
    const answers: string[] = [];
    for (const line of lines) {
      yield* conn.write(`${line}\n`);
      answers.push((yield* conn.readLine()) ?? "the end");
    }
    return answers;
  } finally {
    conn.close();
  }
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 65_535;
}

export function* main(): Goroutine {
  const [, , port] = process.argv;
  if (port !== undefined && !isPort(port)) {
    console.error("usage: echo.ts [PORT]");
    process.exitCode = 64;
    return;
  }
  const listener = yield* listen({ host: "127.0.0.1", port: Number(port ?? 0) });
  if (port !== undefined) {
    console.log(`listening on ${JSON.stringify(listener.addr)}`);
    yield* serve(listener);
  }
  go(serve, listener);
  if (!("port" in listener.addr)) return;
  const clients = [
    go(client, listener.addr.port, ["hello", "goroutine"]),
    go(client, listener.addr.port, ["is anybody there?", "two at once"]),
  ];
  for (const one of clients) for (const answer of yield* one) console.log(answer);
}

// Output:
// HELLO
// GOROUTINE
// IS ANYBODY THERE?
// TWO AT ONCE
