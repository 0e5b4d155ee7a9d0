/**
 * A context and the platform: `ctx.signal` is an AbortSignal, for `fetch`, `fs` and whatever else takes one.
 *
 * `wait` parks the goroutine until the promise is settled; giving up that wait would not end the request. The signal does: the socket is closed,
 * and the server sees it. The promise is then rejected with the cause that was given to `cancel`, or with an error whose name the platform knows.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { background, type Context, chan, type Goroutine, go, wait, withCancel, withTimeout } from "gort";

function* get(ctx: Context, url: string): Goroutine<string> {
  try {
    const response = yield* wait(fetch(url, { signal: ctx.signal }));
    return yield* wait(response.text());
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

export function* main(): Goroutine {
  const asked = chan<string>(1);
  const gone = chan<string>(1);
  const server = createServer((request, response) => {
    const { url = "" } = request;
    if (url === "/hello") return response.end("hello");
    asked.trySend(url); // and never answer
    return response.once("close", () => gone.trySend(url));
  });
  const listening = chan<never>();
  server.listen(0, "127.0.0.1", () => listening.close());
  yield* listening.recv();
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const [ctx, cancel] = withCancel(background());
  console.log(yield* get(ctx, `${base}/hello`));

  const slow = go(get, ctx, `${base}/slow`);
  console.log(`server: asked for ${yield* asked.recv()}`);
  cancel();
  console.log(`client: ${yield* slow}`);
  console.log(`server: nobody waits for ${yield* gone.recv()} any more`);

  const [limited, cancelLimited] = withTimeout(background(), 5);
  console.log(`client: ${yield* get(limited, `${base}/slower`)}`);
  cancelLimited();
  server.close();
}

// Output:
// hello
// server: asked for /slow
// client: AbortError: context canceled
// server: nobody waits for /slow any more
// client: TimeoutError: context deadline exceeded
