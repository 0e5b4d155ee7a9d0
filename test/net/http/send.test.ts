/**
 * send: pieces in order, a slow client that is waited for, and one that loses has sent nothing.
 */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { chan, type Goroutine, go, type Handle, select, trySelect } from "gort";
import { send } from "gort/http";
import { rest } from "../../go/support.ts";
import { ask, get, Raw, thrown, turns, withServer } from "./support.ts";

type Refusal = Error & { code?: string };

const PIECE = "x".repeat(100_000);

const PIECES = 300;

/** Sends PIECES pieces, and comes back when the client, which does not read, holds it up. */
function* filled(res: ServerResponse): Goroutine<{ sender: Handle<void>; count: () => number }> {
  let sent = 0;
  const sender = go(function* () {
    for (; sent < PIECES; sent++) yield* send(res, PIECE);
  });
  for (let before = -1; before < sent; ) {
    before = sent;
    yield* turns();
  }
  assert.equal(sender.status, "waiting");
  return { sender, count: () => sent };
}

/** The body of a chunked response, each run of one letter as that letter, and its length: megabytes must not get into a failure's message. */
function body(said: string): { text: string; length: number; isWhole: boolean } {
  let text = "";
  let length = 0;
  let at = said.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const start = said.indexOf("\r\n", at) + 2;
    const size = Number.parseInt(said.slice(at, start), 16);
    if (!(size > 0)) return { text, length, isWhole: size === 0 };
    for (let i = start; i < start + size; i++) if (!text.endsWith(said.charAt(i))) text += said.charAt(i);
    length += size;
    at = start + size + 2;
  }
}

function listeners(res: ServerResponse): number {
  return (
    res.listenerCount("drain") +
    res.listenerCount("close") +
    res.listenerCount("error") +
    res.req.socket.listenerCount("close")
  );
}

describe("send", () => {
  it(
    "sends pieces in order, strings and bytes",
    withServer(
      function* (_req, res) {
        yield* send(res, "one ");
        yield* send(res, new TextEncoder().encode("two "));
        yield* send(res, "");
        yield* send(res, Buffer.from("three é"));
      },
      function* (server) {
        assert.equal((yield* ask(server)).body, "one two three é");
        assert.equal((yield* ask(server, "/", { method: "HEAD" })).body, "");
      },
    ),
  );

  it("waits for a client that does not read, and goes on when it does", async () => {
    const stuck = chan<number>();
    await withServer(
      function* (_req, res) {
        const before = listeners(res);
        const { sender, count } = yield* filled(res);
        assert.ok(res.writableLength < 1_000_000, `${res.writableLength} bytes lie here`);
        yield* stuck.send(count());
        yield* sender;
        assert.equal(listeners(res), before);
      },
      function* (server) {
        const raw = new Raw(server);
        raw.socket.pause();
        raw.send(get("/", "Connection: close"));
        assert.ok(((yield* stuck.recv()) as number) < PIECES);
        raw.socket.resume();
        assert.deepEqual(body(yield* raw.ends()), {
          text: "x",
          length: PIECES * PIECE.length,
          isWhole: true,
        });
      },
    )();
  });

  it("that loses has sent nothing", async () => {
    const stop = chan<void>();
    const stuck = chan<void>();
    await withServer(
      function* (_req, res) {
        const before = listeners(res);
        const { sender } = yield* filled(res);
        const loser = go(function* () {
          return (yield* select({ never: send(res, "never"), stop: stop.recv() })).case;
        });
        yield* rest(loser);
        assert.equal(loser.status, "waiting");
        stop.close();
        assert.equal(yield* loser, "stop");
        assert.equal(trySelect({ never: send(res, "never") }), undefined);
        yield* stuck.send();
        yield* sender;
        assert.equal(listeners(res), before);
        yield* send(res, "at last");
      },
      function* (server) {
        const raw = new Raw(server);
        raw.socket.pause();
        raw.send(get("/", "Connection: close"));
        yield* stuck.recv();
        raw.socket.resume();
        const length = PIECES * PIECE.length + 7;
        assert.deepEqual(body(yield* raw.ends()), { text: "xat last", length, isWhole: true });
      },
    )();
  });

  it("by several is first come, first served, also when the first gives up", async () => {
    const stop = chan<void>();
    const stuck = chan<void>();
    await withServer(
      function* (_req, res) {
        const { sender } = yield* filled(res);
        const first = go(function* () {
          yield* select({ never: send(res, "never"), stop: stop.recv() });
        });
        yield* rest(first);
        const senders = ["a", "b", "c", "d"].map((letter) =>
          go(function* () {
            yield* send(res, letter.repeat(30_000));
          }),
        );
        yield* rest(...senders);
        stop.close();
        yield* first;
        yield* stuck.send();
        yield* send(res, "last");
        for (const one of [sender, ...senders]) yield* one;
      },
      function* (server) {
        const raw = new Raw(server);
        raw.socket.pause();
        raw.send(get("/", "Connection: close"));
        yield* stuck.recv();
        raw.socket.resume();
        const length = PIECES * PIECE.length + 4 * 30_000 + 4;
        assert.deepEqual(body(yield* raw.ends()), { text: "xabcdlastx", length, isWhole: true });
      },
    )();
  });

  it("after the response has been ended throws, also where it is parked", async () => {
    const codes = chan<unknown>(2);
    await withServer(
      function* (_req, res) {
        const { sender } = yield* filled(res);
        const parked = go(function* () {
          yield* codes.send(((yield* thrown(send(res, "late"))) as { code: string }).code);
        });
        yield* rest(parked);
        res.end();
        yield* codes.send(((yield* thrown(send(res, "later"))) as { code: string }).code);
        assert.equal(((yield* thrown(sender)) as { code: string }).code, "GORT_RESPONSE_ENDED");
        yield* parked;
      },
      function* (server) {
        const raw = new Raw(server);
        raw.socket.pause();
        raw.send(get("/", "Connection: close"));
        assert.equal(yield* codes.recv(), "GORT_RESPONSE_ENDED");
        raw.socket.resume();
        assert.equal(yield* codes.recv(), "GORT_RESPONSE_ENDED");
        const { text, isWhole } = body(yield* raw.ends());
        assert.deepEqual([text, isWhole], ["x", true]);
      },
    )();
  });

  it("with a head that cannot be sent throws what Node throws", async () => {
    await withServer(
      function* (_req, res) {
        res.statusCode = 9999;
        const error = yield* thrown(send(res, "x"));
        res.statusCode = 200;
        yield* send(res, (error as { code: string }).code);
      },
      function* (server) {
        assert.equal((yield* ask(server)).body, "ERR_HTTP_INVALID_STATUS_CODE");
      },
    )();
  });

  it(
    "refuses what cannot be sent",
    withServer(
      function* (_req, res) {
        for (const chunk of [undefined, null, 1, {}, ["x"]]) {
          const error = (yield* thrown(send(res, chunk as never))) as Refusal;
          assert.match(
            `${error.code} ${error.message}`,
            /^GORT_INVALID_OPTION send needs a string or a Uint8Array, got/,
          );
        }
        const error = (yield* thrown(send({} as never, "x"))) as Refusal;
        assert.match(`${error.code} ${error.message}`, /^GORT_INVALID_OPTION send needs a response/);
        yield* send(res, "well");
      },
      function* (server) {
        assert.equal((yield* ask(server, "/", { method: "POST" })).body, "well");
      },
    ),
  );
});
