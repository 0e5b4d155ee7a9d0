/**
 * A ticking goroutine beside an HTTP request.
 *
 * Who parks where: main in `wait(fetch(…))`, until the server has answered; the other one in the ticker's channel, until the next tick. Neither holds up the other, and
 * nobody's callback calls anybody: the answer ends main's wait, and main ends the ticking.
 *
 *   gort run examples/net/ticker-beside-http.ts [URL]      without one it asks a server of its own, which takes its time
 */
import { background, type Context, type Goroutine, go, select, sleep, Ticker, wait, withCancel } from "gort";
import { send, serve } from "gort/http";

/** Ticks until the context is over; how often. */
function* clock(ctx: Context, everyMs: number): Goroutine<number> {
  const ticker = new Ticker(everyMs);
  try {
    for (let ticks = 1; ; ticks++) {
      const s = yield* select({ tick: ticker.c.recv(), end: ctx.done() });
      if (s.case === "end") return ticks - 1;
      console.log(`tick ${ticks}`);
    }
  } finally {
    ticker.stop();
  }
}

export function* main(): Goroutine {
  const [, , given] = process.argv;
  const server = yield* serve({ host: "127.0.0.1" }, function* (_request, response) {
    yield* sleep(100); // it takes its time, and holds up nobody
    yield* send(response, "at last");
  });
  const url = given ?? `http://127.0.0.1:${"port" in server.addr ? server.addr.port : 0}/`;

  const [ctx, cancel] = withCancel(background());
  const ticking = go(clock, ctx, 20);
  try {
    const response = yield* wait(fetch(url));
    const text = yield* wait(response.text());
    cancel();
    const ticks = yield* ticking;
    console.log(`HTTP ${response.status}, ${text.length} characters, after ${ticks} ticks`);
  } finally {
    cancel();
    yield* server.close();
  }
}
