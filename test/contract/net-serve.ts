/**
 * Network contract: serve: a goroutine per connection, and what becomes of its end. The server's own: net-serve-end.ts.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { background, type Context, chan, type Goroutine, go, type Handle, select, withCancel } from "gort";
import { type Address, type Conn, dial, type Handler, type ServeOptions, serve } from "gort/net";
import { doing, fails, type Net, onNet, quiet, start, until } from "./net-support.ts";

const AT_ONCE = 200;

/** A server that runs, as its test sees it. */
export interface Serving {
  readonly addr: Address;
  readonly ctx: Context;
  /** The goroutine that waits for it. */
  readonly server: Handle<void>;
  /** What onError was told. */
  readonly failures: { readonly error: unknown; readonly conn: Conn }[];
  /** Ends its context. */
  stop(): void;
}

/** A server that listens by now. */
export function* serving(
  net: Net,
  handler: Handler,
  options: Partial<ServeOptions> = {},
): Goroutine<Serving> {
  const [ctx, stop] = withCancel(background());
  const heard = chan<Address>(1);
  const failures: { error: unknown; conn: Conn }[] = [];
  const onError = (error: unknown, conn: Conn): void => void failures.push({ error, conn });
  const onListen = (addr: Address): void => void heard.trySend(addr);
  const server = start(serve({ ...net.place(), ctx, onListen, onError, ...options }, handler));
  const first = yield* select({ addr: heard.recv(), server });
  assert.ok(first.case === "addr", "it has ended before it listened");
  return { addr: first.value as Address, ctx, server, failures, stop };
}

/** A `node:test` body with a server: in the end its context is over, it is done, and nothing may be left. */
export function onServer(net: Net, handler: Handler, body: (s: Serving) => Goroutine): () => Promise<void> {
  return onNet(net, function* () {
    const s = yield* serving(net, handler);
    try {
      yield* body(s);
    } finally {
      s.stop();
      assert.equal(yield* s.server, undefined);
    }
  });
}

export function* readAndAnswer(conn: Conn): Goroutine {
  for (;;) {
    const line = yield* conn.readLine();
    if (line === undefined) return;
    if (line === "fail") throw new Error("as told");
    yield* conn.write(`${line}!\n`);
  }
}

/** One question and its answer. */
export function* asked(conn: Conn, question: string): Goroutine<string | undefined> {
  yield* conn.write(`${question}\n`);
  return yield* conn.readLine();
}

/** The peer has closed: the end of the stream, or a reset where it has left something unread. */
export function* seesEnd(conn: Conn): Goroutine {
  try {
    assert.equal(yield* conn.read(new Uint8Array(1)), 0);
  } catch (error) {
    const { code } = error as { code?: string };
    assert.ok(["ECONNRESET", "EPIPE", "GORT_CONN_CLOSED"].includes(code as string), `${error}`);
  }
}

const HANDLERS: Readonly<Record<string, (end: () => void) => Handler>> = {
  "a generator function": (end) =>
    function* (conn) {
      end();
      yield* conn.write(`hello ${yield* conn.readLine()}\n`);
    },
  "an async function": (end) => async (conn) => {
    end();
    await conn.write(`hello ${await conn.readLine()}\n`);
  },
  "a plain function": (end) => (conn) => {
    end();
    conn.tryWrite("hello you\n");
  },
};

const FAILING: Readonly<Record<string, (error: Error) => Handler>> = {
  "a generator function": (error) =>
    function* (conn) {
      yield* conn.readLine();
      throw error;
    },
  "an async function": (error) => async (conn) => {
    await conn.readLine();
    throw error;
  },
  "a plain function": (error) => () => {
    throw error;
  },
};

export function serveContract(net: Net): void {
  describe(`${net.name}: serve, its handlers`, () => {
    test(
      "a goroutine per connection: one that waits holds up no other",
      onServer(net, readAndAnswer, function* ({ addr, failures }) {
        using silent = yield* dial(net.to({ addr }));
        using talker = yield* dial(net.to({ addr }));
        assert.equal(yield* asked(talker, "one"), "one!");
        assert.equal(yield* asked(silent, "two"), "two!");
        assert.equal(yield* asked(talker, "three"), "three!");
        assert.deepEqual(failures, []);
      }),
    );

    for (const [kind, handler] of Object.entries(HANDLERS)) {
      test(`a connection is closed when its handler has ended, and what was written is still sent: ${kind}`, () => {
        const conns: Conn[] = [];
        let ran = 0;
        const inner = handler(() => ran++);
        const body = onServer(
          net,
          (conn, ctx) => {
            conns.push(conn);
            return inner(conn, ctx);
          },
          function* ({ addr, failures, server }) {
            for (let i = 1; i <= 2; i++) {
              using client = yield* dial(net.to({ addr }));
              if (kind !== "a plain function") yield* client.write("you\n");
              assert.equal(yield* client.readLine(), "hello you");
              yield* seesEnd(client);
              yield* fails(() => doing((conns[i - 1] as Conn).write("x")), "GORT_CONN_CLOSED");
            }
            assert.deepEqual([ran, failures, server.status], [2, [], "waiting"]);
          },
        );
        return body();
      });
    }

    for (const [kind, handler] of Object.entries(FAILING)) {
      const told = new Error("as told");
      const conns: Conn[] = [];
      const failing = handler(told);
      test(
        `a handler's error closes its connection alone, and is told to onError: ${kind}`,
        onServer(
          net,
          (conn, ctx) => {
            conns.push(conn);
            return conns.length === 2 ? failing(conn, ctx) : readAndAnswer(conn);
          },
          function* ({ addr, failures, server }) {
            using before = yield* dial(net.to({ addr }));
            assert.equal(yield* asked(before, "here"), "here!");
            using unlucky = yield* dial(net.to({ addr }));
            if (kind !== "a plain function") yield* unlucky.write("x\n");
            yield* seesEnd(unlucky);
            yield* until(() => failures.length > 0, "onError is called");
            assert.equal(failures.length, 1);
            assert.ok(failures[0]?.error === told && failures[0].conn === conns[1]);
            yield* fails(() => doing((conns[1] as Conn).readLine()), "GORT_CONN_CLOSED");
            using after = yield* dial(net.to({ addr }));
            assert.equal(yield* asked(after, "and here"), "and here!");
            assert.equal(yield* asked(before, "still"), "still!");
            assert.equal(server.status, "waiting");
          },
        ),
      );
    }

    test(
      "without onError a handler's error is printed to standard error",
      onNet(net, function* () {
        const { addr, server, stop } = yield* serving(net, readAndAnswer, { onError: undefined });
        const printed: string[] = [];
        const { write } = process.stderr;
        process.stderr.write = ((text: string) => printed.push(text) > 0) as typeof write;
        try {
          using unlucky = yield* dial(net.to({ addr }));
          yield* unlucky.write("fail\n");
          yield* seesEnd(unlucky);
          yield* until(() => printed.length > 0, "something is printed");
        } finally {
          process.stderr.write = write;
        }
        const text = printed.join("");
        assert.match(text, /^gort: a connection's handler failed: Error: as told\n\s+at .*\n$/s);
        using next = yield* dial(net.to({ addr }));
        assert.equal(yield* asked(next, "on"), "on!");
        stop();
        yield* server;
      }),
    );

    test(
      "a handler that has closed its connection by itself is no failure",
      onServer(
        net,
        function* (conn) {
          yield* conn.write("bye\n");
          conn.close();
        },
        function* ({ addr, failures }) {
          for (let i = 0; i < 3; i++) {
            using client = yield* dial(net.to({ addr }));
            assert.equal(yield* client.readLine(), "bye");
            yield* seesEnd(client);
          }
          yield* quiet();
          assert.deepEqual(failures, []);
        },
      ),
    );

    test("hundreds of connections at once", () => {
      const gate = chan<void>();
      let [alive, most] = [0, 0];
      const body = onServer(
        net,
        function* (conn) {
          most = Math.max(most, ++alive);
          const line = yield* conn.readLine();
          yield* gate.recv();
          yield* conn.write(`${line}!\n`);
          alive--;
        },
        function* ({ addr, failures }) {
          const clients = Array.from({ length: AT_ONCE }, (_, i) =>
            go(function* () {
              using conn = yield* dial(net.to({ addr }));
              const answer = yield* asked(conn, `${i}`);
              yield* seesEnd(conn);
              return answer;
            }),
          );
          yield* until(() => alive === AT_ONCE, "all are served at once");
          gate.close();
          for (const [i, client] of clients.entries()) assert.equal(yield* client, `${i}!`);
          assert.deepEqual([alive, most, failures], [0, AT_ONCE, []]);
        },
      );
      return body();
    });
  });
}
