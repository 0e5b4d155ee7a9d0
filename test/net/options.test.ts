/**
 * What `gort/net` cannot take is refused when it is waited for, in every style of waiting, each with a message that says what, what is allowed, and what was given.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { background, chan, type Goroutine, gosched, type Op, run, select, withCancel } from "gort";
import { dial, listen, serve } from "gort/net";
import { hasReusePort } from "#src/net/target.ts";
import { MemoryTransport } from "#src/testing/memory-transport.ts";
import { doing, start } from "../contract/net-support.ts";
import { panicOf } from "../go/support.ts";

type Case = readonly [call: () => Op<unknown>, code: "OPTION" | "NUMBER", message: string];

function refuses(what: string, cases: readonly Case[]): void {
  for (const [call, code, message] of cases) {
    test(`${what}: ${message}`, () =>
      refused(call, (error) => {
        assert.deepEqual([error.message, error.code], [message, `GORT_INVALID_${code}`]);
        assert.ok(error instanceof (code === "OPTION" ? TypeError : RangeError));
      }));
  }
}

type Refusal = Error & { code?: string };

/** The call gives an operation, and whoever waits for that is told: with await, then, yield*, as a case, under a context, with the stack of the call. */
async function refused(call: () => Op<unknown>, check: (error: Refusal) => void): Promise<void> {
  const checked = (error: unknown): true => {
    check(error as Refusal);
    assert.match((error as Error).stack ?? "", /options\.test\./);
    return true;
  };
  await assert.rejects(Promise.resolve(call()), checked);
  await call().then(() => assert.fail("it was taken"), checked);
  await run(function* () {
    const [ctx, cancel] = withCancel(background());
    const waits = [call, () => select({ bad: call(), never: chan<void>().recv() }), () => ctx.wait(call())];
    for (const wait of waits) checked(yield* panicOf(() => doing<unknown>(wait())));
    cancel();
  });
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

  test("credentials that are missing are missed before anything is asked of it", async () => {
    await refused(
      () => listen({ tls: {} }),
      ({ code, message }) => assert.match(`${code} ${message}`, /^GORT_INVALID_OPTION .*key and cert/),
    );
    await refused(
      () => listen(any({ reusePort: "yes" })),
      ({ code, message }) => assert.match(`${code} ${message}`, /^GORT_INVALID_OPTION .*reusePort/),
    );
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
    [() => dial(any({})), "OPTION", "dial needs a port or a path"],
    [() => dial(any({ host: "localhost" })), "OPTION", "dial needs a port or a path"],
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
    [() => dial(any({ port: 1, path: "/x" })), "OPTION", "dial: a path goes without port and host"],
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

  test("what must be a function, and what must be a context", async () => {
    const says = (call: () => Op<unknown>, told: RegExp): Promise<void> =>
      refused(call, ({ code, message }) => assert.match(`${code} ${message}`, told));
    await says(() => serve({}, any(5)), /^GORT_NOT_A_FUNCTION serve needs a function, /);
    for (const name of ["onListen", "onError"]) {
      await says(
        () => serve(any({ [name]: 5 }), () => {}),
        new RegExp(`^GORT_NOT_A_FUNCTION serve: ${name} needs a function, got the number 5$`),
      );
    }
    await says(() => serve(any({ ctx: {} }), () => {}), /^GORT_INVALID_CONTEXT serve: ctx/);
    await says(() => dial(any({ port: 1, ctx: {} })), /^GORT_INVALID_CONTEXT dial: ctx/);
  });

  test("the path of a Unix socket is neither too long nor has it a NUL: the system would use another one", {
    skip: process.platform === "win32",
  }, async () => {
    const longest = process.platform === "linux" ? 107 : 103;
    const long = "/".padEnd(longest + 1, "ä".repeat(20)).slice(0, longest);
    for (const path of ["/".padEnd(longest + 1, "x"), long, "/run/a\0b", "\0"]) {
      for (const call of [() => listen({ path }), () => dial({ path }), () => serve({ path }, () => {})])
        await refused(call, ({ code, message }) =>
          assert.match(`${code} ${message}`, /^GORT_INVALID_OPTION .*path/),
        );
    }
    const restore = new MemoryTransport().install();
    (await listen({ path: "/".padEnd(longest, "x") })).close();
    restore();
  });

  test("reusePort is refused where Node would pass over it", async () => {
    const known = ["22.12.0", "22.20.1", "23.1.0", "24.0.0", "30.1.2"];
    const unknown = ["20.20.2", "22.11.0", "23.0.0", "18.1.0"];
    for (const version of known) assert.ok(hasReusePort(version), version);
    for (const version of unknown) assert.ok(!hasReusePort(version), version);
    const call = (): Op<unknown> => listen({ host: "127.0.0.1", reusePort: true });
    if (hasReusePort(process.versions.node)) ((await call()) as { close(): void }).close();
    else await refused(call, ({ message }) => assert.match(message, /^listen: reusePort needs Node 22\.12 /));
  });

  test("an operation that was refused has begun nothing; options that are undefined are none", async () => {
    const net = new MemoryTransport();
    const restore = net.install();
    await run(function* () {
      yield* panicOf(() => doing(listen({ port: -1 })));
      using listener = yield* listen({ port: undefined, host: undefined, path: undefined, tls: undefined });
      const { port } = listener.addr as { port: number };
      using _client = yield* dial({ port, host: undefined, ctx: undefined, tls: undefined });
      using _other = yield* dial(any({ port, tls: false }));
      assert.deepEqual(net.open.length, 5);
    });
    restore();
  });
});

function describeBad(bad: number | string): string {
  return typeof bad === "string" ? `the string ${JSON.stringify(bad)}` : `the number ${bad}`;
}

describe("bad arguments of a connection", () => {
  test("buffers and limits are refused when they are waited for, deadlines at the call", async () => {
    const restore = new MemoryTransport().install();
    await run(function* () {
      using listener = yield* listen({ port: 80 });
      using conn = yield* dial({ port: 80 });
      using server = yield* listener.accept();
      const call = (name: keyof typeof conn, argument: unknown): unknown =>
        (conn[name] as (argument: unknown) => unknown).call(conn, argument);
      const option = "GORT_INVALID_OPTION";
      const number = "GORT_INVALID_NUMBER";
      const told = function* (name: keyof typeof conn, argument: unknown): Goroutine<string> {
        const op = call(name, argument);
        const error = (yield* panicOf(() => doing(op as Op<unknown>))) as Refusal;
        return `${error.code} ${error.message}`;
      };
      for (const [name, wanted] of [
        ["read", "a Uint8Array"],
        ["readFull", "a Uint8Array"],
        ["write", "a Uint8Array or a string"],
      ] as const) {
        const text = `${option} conn.${name} needs ${wanted}, got `;
        assert.equal(yield* told(name, [1, 2]), `${text}an object of class Array`);
        assert.equal(yield* told(name, new ArrayBuffer(2)), `${text}an object of class ArrayBuffer`);
        assert.equal(yield* told(name, undefined), `${text}undefined`);
      }
      for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "5"]) {
        const text = `needs an integer of at least 1, got ${describeBad(bad)}`;
        assert.equal(yield* told("readLine", bad), `${number} readLine ${text}`);
        assert.throws(() => call("lines", bad), { code: number, message: `lines ${text}` });
      }
      assert.match(yield* told("readAll", -1), /^GORT_INVALID_NUMBER readAll needs an integer of at least 0/);
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
