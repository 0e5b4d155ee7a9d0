/**
 * What `gort/net` cannot take is refused at the call, each with a message that says what, what is allowed, and what was given.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Goroutine, gosched, type Op, run, select } from "gort";
import { dial, listen, serve } from "gort/net";
import { MemoryTransport } from "#src/testing/memory-transport.ts";
import { start } from "../contract/net-support.ts";

type Case = readonly [call: () => unknown, code: "OPTION" | "NUMBER", message: string];

function refuses(what: string, cases: readonly Case[]): void {
  for (const [call, code, message] of cases) {
    test(`${what}: ${message}`, () => {
      const kind = code === "OPTION" ? TypeError : RangeError;
      assert.throws(call, (error: Error & { code?: string }) => {
        assert.deepEqual([error.message, error.code], [message, `GORT_INVALID_${code}`]);
        return error instanceof kind;
      });
    });
  }
}

const any = (value: unknown): never => value as never;
const names = "port, host, path, backlog, tls, reusePort";

describe("what only the host can find wrong", () => {
  test("is told to whoever waits: a key that is none, a certificate that is none", async () => {
    await run(function* () {
      const failure = function* (op: () => Op<unknown>): Goroutine<Error & { code?: string }> {
        try {
          yield* op();
        } catch (error) {
          return error as Error;
        }
        return assert.fail("it was taken");
      };
      const listening = yield* failure(() => listen({ tls: { key: "x", cert: "x" } }));
      assert.match(listening.code ?? "", /^ERR_OSSL_/);
      const dialing = yield* failure(() => dial({ port: 1, tls: { ca: 5 } }));
      assert.equal(dialing.code, "ERR_INVALID_ARG_TYPE");
      // As a case that loses it is told to nobody.
      const s = yield* select({ bad: listen({ tls: { key: "x", cert: "x" } }), quit: gosched() });
      assert.equal(s.case, "quit");
    });
  });

  test("credentials that are missing are missed at the call", () => {
    assert.throws(() => listen({ tls: {} }), { code: "GORT_INVALID_OPTION", message: /key and cert/ });
    assert.throws(() => listen(any({ reusePort: "yes" })), {
      code: "GORT_INVALID_OPTION",
      message: /reusePort/,
    });
  });
});

describe("bad options", () => {
  refuses("listen", [
    [() => listen(any(8080)), "OPTION", "listen needs an object of options, got the number 8080"],
    [() => listen(any(null)), "OPTION", "listen needs an object of options, got null"],
    [() => listen(any({ prot: 1 })), "OPTION", `listen: there is no option "prot" (${names})`],
    [() => listen({ port: -1 }), "NUMBER", "listen: port is an integer from 0 to 65535, got the number -1"],
    [
      () => listen({ port: 65_536 }),
      "NUMBER",
      "listen: port is an integer from 0 to 65535, got the number 65536",
    ],
    [() => listen({ port: 1.5 }), "NUMBER", "listen: port is an integer from 0 to 65535, got the number 1.5"],
    [
      () => listen(any({ port: "80" })),
      "NUMBER",
      'listen: port is an integer from 0 to 65535, got the string "80"',
    ],
    [() => listen(any({ host: 1 })), "OPTION", "listen: host is a name or an address, got the number 1"],
    [() => listen({ path: "" }), "OPTION", 'listen: path is the path of a Unix socket, got the string ""'],
    [() => listen(any({ path: 5 })), "OPTION", "listen: path is the path of a Unix socket, got the number 5"],
    [() => listen({ path: "/x", port: 1 }), "OPTION", "listen: a path goes without port and host"],
    [() => listen({ path: "/x", host: "h" }), "OPTION", "listen: a path goes without port and host"],
    [() => listen({ backlog: 0 }), "NUMBER", "listen: backlog is an integer of at least 1, got the number 0"],
    [
      () => listen(any({ tls: true })),
      "OPTION",
      "listen: tls is an object with key and cert, as for tls.createServer, got the boolean true",
    ],
  ]);

  refuses("dial", [
    [() => dial(any(undefined)), "OPTION", "dial needs an object of options, got undefined"],
    [() => dial({}), "OPTION", "dial needs a port or a path"],
    [() => dial({ host: "localhost" }), "OPTION", "dial needs a port or a path"],
    [
      () => dial(any({ port: 1, backlog: 1 })),
      "OPTION",
      'dial: there is no option "backlog" (port, host, path, tls, ctx)',
    ],
    [() => dial({ port: 0 }), "NUMBER", "dial: port is an integer from 1 to 65535, got the number 0"],
    [
      () => dial({ port: 65_536 }),
      "NUMBER",
      "dial: port is an integer from 1 to 65535, got the number 65536",
    ],
    [
      () => dial({ port: Number.NaN }),
      "NUMBER",
      "dial: port is an integer from 1 to 65535, got the number NaN",
    ],
    [() => dial({ port: 1, path: "/x" }), "OPTION", "dial: a path goes without port and host"],
    [
      () => dial(any({ port: 1, tls: "yes" })),
      "OPTION",
      'dial: tls is true, or an object of options as for tls.connect, got the string "yes"',
    ],
  ]);

  refuses("serve", [
    [
      () => serve({ port: 70_000 }, () => {}),
      "NUMBER",
      "serve: port is an integer from 0 to 65535, got the number 70000",
    ],
    [
      () => serve(any({ onlisten: 1 }), () => {}),
      "OPTION",
      `serve: there is no option "onlisten" (${names}, cores, ctx, onListen, onError)`,
    ],
    [
      () => serve(any({ cores: "most" }), () => {}),
      "OPTION",
      'serve: cores is "all" or an integer of at least 1, got the string "most"',
    ],
    [
      () => serve({ cores: 0 }, () => {}),
      "OPTION",
      'serve: cores is "all" or an integer of at least 1, got the number 0',
    ],
  ]);

  test("what must be a function, and what must be a context", () => {
    assert.throws(() => serve({}, any(5)), {
      code: "GORT_NOT_A_FUNCTION",
      message: /^serve needs a function, /,
    });
    for (const name of ["onListen", "onError"]) {
      assert.throws(() => serve(any({ [name]: 5 }), () => {}), {
        code: "GORT_NOT_A_FUNCTION",
        message: `serve: ${name} needs a function, got the number 5`,
      });
    }
    assert.throws(() => serve(any({ ctx: {} }), () => {}), {
      code: "GORT_INVALID_CONTEXT",
      message: /serve: ctx/,
    });
    assert.throws(() => dial(any({ port: 1, ctx: {} })), {
      code: "GORT_INVALID_CONTEXT",
      message: /dial: ctx/,
    });
  });

  test("an operation that was refused has begun nothing; options that are undefined are none", async () => {
    const net = new MemoryTransport();
    const restore = net.install();
    await run(function* () {
      assert.throws(() => listen({ port: -1 }));
      using listener = yield* listen({ port: undefined, host: undefined, path: undefined, tls: undefined });
      const { port } = listener.addr as { port: number };
      using _client = yield* dial({ port, host: undefined, ctx: undefined, tls: undefined });
      using _other = yield* dial(any({ port, tls: false }));
      assert.deepEqual(net.open.length, 5);
    });
    restore();
  });
});

describe("bad arguments of a connection", () => {
  test("buffers, limits and deadlines are checked at the call", async () => {
    const restore = new MemoryTransport().install();
    await run(function* () {
      using listener = yield* listen({ port: 80 });
      using conn = yield* dial({ port: 80 });
      using server = yield* listener.accept();
      const call = (name: keyof typeof conn, argument: unknown): unknown =>
        (conn[name] as (argument: unknown) => unknown).call(conn, argument);
      const option = "GORT_INVALID_OPTION";
      const number = "GORT_INVALID_NUMBER";
      for (const name of ["read", "readFull", "write"] as const) {
        assert.throws(() => call(name, [1, 2]), {
          code: option,
          message: `conn.${name} needs a Uint8Array, got an object of class Array`,
        });
        assert.throws(() => call(name, new ArrayBuffer(2)), { code: option, message: /ArrayBuffer/ });
        assert.throws(() => call(name, undefined), { code: option, message: /got undefined/ });
      }
      for (const name of ["readLine", "lines"] as const) {
        for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5"]) {
          assert.throws(() => call(name, bad), {
            code: number,
            message: new RegExp(`^${name} needs an integer of at least 1, got `),
          });
        }
      }
      assert.throws(() => conn.readAll(-1), {
        code: number,
        message: /^readAll needs an integer of at least 0/,
      });
      for (const name of ["setDeadline", "setReadDeadline", "setWriteDeadline"] as const) {
        for (const bad of [undefined, Number.NaN, "5", new Date(0)]) {
          assert.throws(
            () => call(name, bad),
            (error: Error & { code?: string }) => {
              assert.ok(error.code === option || error.code === number, `${error.code}`);
              assert.match(error.message, /milliseconds/);
              return true;
            },
          );
        }
      }
      // Nothing of that has harmed it.
      const reader = start(server.readLine());
      yield* conn.write("fine\n");
      assert.equal(yield* reader, "fine");
    });
    restore();
  });
});
