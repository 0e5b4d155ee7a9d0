/**
 * Network contract: serve: where it listens, and its end: with its context, as a case that loses, by an error.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { background, type Context, chan, type Goroutine, go, select, withCancel } from "gort";
import { type Address, type Conn, dial, listen, serve } from "gort/net";
import { panicOf, rest } from "../go/support.ts";
import { asked, onServer, readAndAnswer, seesEnd, serving } from "./net-serve.ts";
import { doing, fails, type Net, onNet, placeOf, quiet, start, until } from "./net-support.ts";

/** Nobody listens there any more. */
function* refuses(net: Net, addr: Address): Goroutine {
  yield* quiet();
  yield* fails(() => doing(dial(net.to({ addr }))), net.family === "Unix" ? "ENOENT" : "ECONNREFUSED");
}

export function serveEndContract(net: Net): void {
  describe(`${net.name}: serve, its end`, () => {
    test("the end of its context closes listener and connections, and wakes whoever is parked on one", () => {
      const ends: unknown[] = [];
      let served = 0;
      let handlersCtx: Context | undefined;
      const body = onServer(
        net,
        function* (conn, ctx) {
          handlersCtx = ctx;
          assert.equal(ctx.err, undefined);
          served++;
          ends.push(yield* panicOf(() => doing(conn.readLine())));
          throw new Error("is not reported: the server has ended");
        },
        function* ({ addr, ctx, failures, server, stop }) {
          const clients: Conn[] = [];
          for (let i = 0; i < 3; i++) clients.push(yield* dial(net.to({ addr })));
          yield* until(() => served === 3, "all are served");
          stop();
          assert.equal(yield* server, undefined);
          yield* until(() => ends.length === 3, "all handlers hear of it");
          for (const error of ends) assert.equal((error as { code?: string }).code, "GORT_CONN_CLOSED");
          for (const client of clients) {
            yield* seesEnd(client);
            client.close();
          }
          yield* refuses(net, addr);
          assert.equal(handlersCtx?.err, ctx.err);
          assert.deepEqual(failures, []);
        },
      );
      return body();
    });

    test("it ends with its context, whatever its handlers still do", () => {
      const gate = chan<void>(1);
      let left = 0;
      const body = onServer(
        net,
        function* (conn, ctx) {
          yield* conn.readLine();
          yield* conn.write("here\n");
          yield* ctx.done();
          yield* gate.recv();
          left++;
        },
        function* ({ addr, failures, server, stop }) {
          using client = yield* dial(net.to({ addr }));
          assert.equal(yield* asked(client, "anybody?"), "here");
          stop();
          yield* server;
          yield* seesEnd(client);
          assert.equal(left, 0);
          yield* gate.send();
          yield* until(() => left === 1, "the handler goes on to its end");
          assert.deepEqual(failures, []);
        },
      );
      return body();
    });

    test(
      "a handler may end the server that it belongs to",
      onNet(net, function* () {
        const [ctx, stop] = withCancel(background());
        const s = yield* serving(
          net,
          function* (conn) {
            yield* conn.write("last\n");
            stop();
          },
          { ctx },
        );
        using client = yield* dial(net.to(s));
        assert.equal(yield* client.readLine(), "last");
        yield* s.server;
        yield* seesEnd(client);
        yield* refuses(net, s.addr);
      }),
    );

    test(
      "one whose context is over listens nowhere, and is done at once",
      onNet(net, function* () {
        const [ctx, stop] = withCancel(background());
        stop();
        let heard = 0;
        const onListen = (): void => void heard++;
        assert.equal(yield* serve({ ...net.place(), ctx, onListen }, readAndAnswer), undefined);
        yield* quiet();
        assert.equal(heard, 0);
      }),
    );

    test(
      "one whose context ends in onListen accepts nobody",
      onNet(net, function* () {
        const [ctx, stop] = withCancel(background());
        let served = 0;
        const listening: Address[] = [];
        const onListen = (addr: Address): void => {
          listening.push(addr);
          stop();
        };
        yield* serve({ ...net.place(), ctx, onListen }, () => void served++);
        assert.equal(listening.length, 1);
        yield* refuses(net, listening[0] as Address);
        assert.equal(served, 0);
      }),
    );

    test(
      "one that loses its select has ended: it listens no more, and its connections are closed",
      onNet(net, function* () {
        const quit = chan<void>();
        const gate = chan<void>();
        const heard = chan<Address>(1);
        const ends: unknown[] = [];
        const failures: unknown[] = [];
        let handlersCtx: Context | undefined;
        const chooser = go(function* () {
          const running = serve(
            {
              ...net.place(),
              onListen: (addr) => void heard.trySend(addr),
              onError: (error) => void failures.push(error),
            },
            function* (conn, ctx) {
              handlersCtx = ctx;
              ends.push(yield* panicOf(() => doing(conn.readLine())));
            },
          );
          const won = (yield* select({ running, quit: quit.recv() })).case;
          yield* gate.recv();
          return won;
        });
        const addr = (yield* heard.recv()) as Address;
        using client = yield* dial(net.to({ addr }));
        yield* until(() => handlersCtx !== undefined, "it is served");
        assert.equal(handlersCtx?.err, undefined);
        yield* quit.send();
        yield* seesEnd(client);
        yield* until(() => ends.length === 1, "the handler hears of it");
        assert.equal((ends[0] as { code?: string }).code, "GORT_CONN_CLOSED");
        assert.ok(handlersCtx?.err);
        yield* refuses(net, addr);
        assert.deepEqual(failures, []);
        // The server's end is not told to whoever has gone on.
        assert.equal(chooser.status, "waiting");
        yield* gate.send();
        assert.equal(yield* chooser, "quit");
      }),
    );

    test(
      "one that loses before it listens listens nowhere",
      onNet(net, function* () {
        const place = yield* listen(net.place());
        const same = { ...net.place(), ...placeOf(place) };
        place.close();
        yield* quiet();
        const quit = chan<void>();
        let heard = 0;
        const chooser = go(function* () {
          const running = serve({ ...same, onListen: () => void heard++ }, readAndAnswer);
          return (yield* select({ running, quit: quit.recv() })).case;
        });
        yield* rest(chooser);
        yield* quit.send();
        assert.equal(yield* chooser, "quit");
        yield* quiet();
        assert.equal(heard, 0);
        (yield* listen(same)).close();
      }),
    );

    test(
      "a place in use is an error of serve's, and no error of a handler's",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const failures: unknown[] = [];
        const [ctx, stop] = withCancel(background());
        const target = {
          ...net.place(),
          ...placeOf(listener),
          ctx,
          onListen: () => assert.fail("it cannot listen"),
          onError: (error: unknown) => void failures.push(error),
        };
        yield* fails(() => doing(serve(target, readAndAnswer)), "EADDRINUSE");
        assert.deepEqual([ctx.err, failures], [undefined, []]);
        stop();
      }),
    );

    test(
      "what onListen throws is serve's error, and the place is free again",
      onNet(net, function* () {
        const told = new Error("as told");
        let where: Address | undefined;
        const failures: unknown[] = [];
        const running = serve(
          {
            ...net.place(),
            onListen(addr) {
              where = addr;
              throw told;
            },
            onError: (error) => void failures.push(error),
          },
          readAndAnswer,
        );
        assert.equal(yield* panicOf(() => doing(running)), told);
        assert.ok(where !== undefined);
        yield* refuses(net, where);
        assert.deepEqual(failures, []);
      }),
    );

    test(
      "onListen gets the address, once, before anybody is served; a handler gets a context below the server's",
      onNet(net, function* () {
        const seen: string[] = [];
        const [ctx, stop] = withCancel(background());
        const place = net.place();
        const heard = chan<Address>(1);
        const server = start(
          serve(
            {
              ...place,
              ctx,
              onListen(addr) {
                seen.push("listens");
                heard.trySend(addr);
              },
            },
            (_conn, below) => {
              seen.push(`serves ${below !== ctx && below.err === undefined}`);
            },
          ),
        );
        const addr = (yield* heard.recv()) as Address;
        if (net.family === "Unix") assert.deepEqual(addr, { path: (place as { path?: string }).path });
        else assert.ok("port" in addr && addr.port > 0 && addr.address === "127.0.0.1");
        for (let i = 0; i < 2; i++) {
          using client = yield* dial(net.to({ addr }));
          yield* seesEnd(client);
        }
        assert.deepEqual(seen, ["listens", "serves true", "serves true"]);
        stop();
        yield* server;
      }),
    );

    test(
      "async code can wait for it, and end it",
      onNet(net, function* () {
        const [ctx, stop] = withCancel(background());
        const heard = chan<Address>(1);
        const server = go(async () => {
          await serve({ ...net.place(), ctx, onListen: (addr) => void heard.trySend(addr) }, readAndAnswer);
          return "over";
        });
        const addr = (yield* heard.recv()) as Address;
        using client = yield* dial(net.to({ addr }));
        assert.equal(yield* asked(client, "await"), "await!");
        stop();
        assert.equal(yield* server, "over");
        yield* seesEnd(client);
      }),
    );
  });
}
