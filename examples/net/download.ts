/**
 * Downloads any number of addresses at once, with a progress bar, and prints the size and the hash of each.
 *
 * Who parks where: each download in `wait(reader.read())`, until the next piece is there; a bar in the ticker's channel; main in `wg.wait()`, until the last download has
 * ended. What they share (how many bytes have come) needs no lock: one processor runs one goroutine at a time.
 *
 * The bar is drawn on standard error, and only on a terminal. An address that fails is reported, and the others go on; the exit code is then 1.
 *
 *   gort run examples/net/download.ts [URL…]      without one it asks a server of its own
 */
import { createHash } from "node:crypto";
import {
  background,
  type Context,
  type Goroutine,
  go,
  type Op,
  select,
  sleep,
  Ticker,
  WaitGroup,
  wait,
  withCancel,
} from "gort";
import { type Server, send, serve } from "gort/http";

interface Progress {
  received: number;
  /** As far as the servers have said it. */
  expected: number;
  finished: number;
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

function* download(ctx: Context, url: string, progress: Progress): Goroutine<string> {
  try {
    const response = yield* wait(fetch(url, { signal: ctx.signal }));
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    progress.expected += Number(response.headers.get("content-length") ?? 0);
    const reader = response.body.getReader();
    const hash = createHash("sha256");
    let size = 0;
    for (;;) {
      const { done, value } = yield* wait(reader.read());
      if (done) break;
      hash.update(value);
      size += value.length;
      progress.received += value.length;
    }
    return `${size.toLocaleString("en").padStart(9)} bytes  ${hash.digest("hex").slice(0, 16)}`;
  } catch (error) {
    process.exitCode = 1;
    return textOf(error);
  } finally {
    progress.finished++;
  }
}

/** Draws until the context is over. */
function* bar(ctx: Context, progress: Progress, count: number): Goroutine {
  const ticker = new Ticker(50);
  try {
    for (;;) {
      const { received, expected, finished } = progress;
      const part = expected === 0 ? 0 : Math.min(received / expected, 1);
      const text = ` ${finished}/${count} ${received.toLocaleString("en")} bytes `;
      // A line that is wrapped could not be drawn over.
      const width = Math.max(0, Math.min(30, (process.stderr.columns ?? 80) - text.length - 1));
      const line = "█".repeat(Math.round(part * width)).padEnd(width, "░") + text;
      process.stderr.write(`\r${line}`);
      const s = yield* select({ tick: ticker.c.recv(), end: ctx.done() });
      if (s.case === "end") break;
    }
  } finally {
    ticker.stop();
    process.stderr.write("\r\x1b[K");
  }
}

export function* main(): Goroutine {
  const [, , ...given] = process.argv;
  const server = given.length > 0 ? undefined : yield* demoServer();
  const urls = server === undefined ? given : ["a", "b", "c", "d"].map((name) => urlOf(server, name));
  const [ctx, cancel] = withCancel(background());
  const progress: Progress = { received: 0, expected: 0, finished: 0 };
  const results = new Array<string>(urls.length);
  const wg = new WaitGroup();
  try {
    for (const [i, url] of urls.entries()) {
      wg.go(function* () {
        results[i] = yield* download(ctx, url, progress);
      });
    }
    const drawing = process.stderr.isTTY ? go(bar, ctx, progress, urls.length) : undefined;
    yield* wg.wait();
    cancel();
    if (drawing !== undefined) yield* drawing;
    for (const [i, url] of urls.entries()) console.log(`${label(url)}  ${results[i]}`);
  } finally {
    cancel();
    if (server !== undefined) yield* server.close();
  }
}

function urlOf({ addr }: Server, name: string): string {
  return `http://127.0.0.1:${"port" in addr ? addr.port : 0}/${name}`;
}

/** Sends files of different size in pieces, and takes its time for it. */
function demoServer(): Op<Server> {
  return serve({ host: "127.0.0.1" }, function* ({ url = "" }, response) {
    const letter = url.slice(1);
    const pieces = (letter.charCodeAt(0) - 96) * 10;
    const piece = letter.repeat(10_000);
    response.setHeader("content-length", pieces * piece.length);
    for (let i = 0; i < pieces; i++) {
      yield* send(response, piece);
      yield* sleep(2);
    }
  });
}

// Output:
// /a    100,000 bytes  6d1cf22d7cc09b08
// /b    200,000 bytes  31731ec46c3318e6
// /c    300,000 bytes  5d23c7d7270feeb6
// /d    400,000 bytes  7c0dc5623d236b14
