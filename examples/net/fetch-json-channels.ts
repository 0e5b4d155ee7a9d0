/**
 * JSON from several addresses at once, results over a channel: they are handled in the order in which they come.
 *
 * Who parks where: each goroutine in `wait(fetch(…))`, until its server has answered, and then in `send`, until main takes its result; main in `recv`, until the next one is
 * there. Nobody closes the channel: main knows how many will come. An error is a result like another.
 *
 *   gort run examples/net/fetch-json-channels.ts [URL…]      without one it asks a server of its own
 */
import {
  background,
  type Context,
  chan,
  type Goroutine,
  go,
  type Op,
  type SendChan,
  wait,
  withTimeout,
} from "gort";
import { type Server, send, serve } from "gort/http";

interface Result {
  readonly url: string;
  readonly json?: unknown;
  readonly error?: string;
}

function* fetchJson(ctx: Context, url: string, results: SendChan<Result>): Goroutine {
  try {
    const response = yield* wait(fetch(url, { signal: ctx.signal }));
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    yield* results.send({ url, json: yield* wait(response.json()) });
  } catch (error) {
    yield* results.send({ url, error: textOf(error) });
  }
}

/** What went wrong: fetch says only that it failed, and keeps what (connect ECONNREFUSED, and to where) in the cause. */
function textOf(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
  return cause === undefined ? message : `${message}: ${cause.message || cause.code}`;
}

/** The path on a server; the whole of what is no address. */
function label(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

export function* main(): Goroutine {
  const [, , ...given] = process.argv;
  const server = given.length > 0 ? undefined : yield* demoServer();
  const urls = server === undefined ? given : ["users", "none", "posts"].map((name) => urlOf(server, name));
  const [ctx, cancel] = withTimeout(background(), 10_000);
  const results = chan<Result>();
  try {
    for (const url of urls) go(fetchJson, ctx, url, results);
    for (const _ of urls) {
      const result = yield* results.recv();
      if (result === undefined) break;
      const { url, json, error } = result;
      console.log(`${label(url)}: ${error ?? JSON.stringify(json)}`);
    }
  } finally {
    cancel();
    if (server !== undefined) yield* server.close();
  }
}

function urlOf({ addr }: Server, name: string): string {
  return `http://127.0.0.1:${"port" in addr ? addr.port : 0}/${name}`;
}

/** What the program asks when it is told nothing else: a goroutine per request. */
function demoServer(): Op<Server> {
  const content: Record<string, unknown> = { "/users": [{ name: "Ada" }], "/posts": { count: 2 } };
  return serve({ host: "127.0.0.1" }, function* ({ url = "" }, response) {
    response.statusCode = url in content ? 200 : 404;
    yield* send(response, JSON.stringify(content[url] ?? null));
  });
}

// Unordered output:
// /users: [{"name":"Ada"}]
// /posts: {"count":2}
// /none: HTTP 404
