/**
 * JSON from several addresses at once with a WaitGroup: each goroutine has a place of its own for its result, so they come out in the order in which they were asked for.
 *
 * Who parks where: each goroutine in `wait(fetch(…))`, until its server has answered; main in `wg.wait()`, until the last one has ended. No lock is needed: one processor runs
 * one goroutine at a time, and nobody writes to another's place.
 *
 *   gort run examples/net/fetch-json-waitgroup.ts [URL…]      without one it asks a server of its own
 */
import { background, type Context, type Goroutine, type Op, WaitGroup, wait, withTimeout } from "gort";
import { type Server, send, serve } from "gort/http";

function* fetchJson(ctx: Context, url: string): Goroutine<string> {
  try {
    const response = yield* wait(fetch(url, { signal: ctx.signal }));
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return JSON.stringify(yield* wait(response.json()));
  } catch (error) {
    return textOf(error);
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
  const results = new Array<string>(urls.length);
  const wg = new WaitGroup();
  try {
    for (const [i, url] of urls.entries()) {
      wg.go(function* () {
        results[i] = yield* fetchJson(ctx, url);
      });
    }
    yield* wg.wait();
    for (const [i, url] of urls.entries()) console.log(`${label(url)}: ${results[i]}`);
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

// Output:
// /users: [{"name":"Ada"}]
// /none: HTTP 404
// /posts: {"count":2}
