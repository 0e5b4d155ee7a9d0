/**
 * serve as a program: what it prints, how it ends, and what holds it. All else: test/contract/net-serve.ts.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { background, chan, go, run, withCancel } from "gort";
import { type Address, type Conn, dial, serve } from "gort/net";
import { HOST } from "../contract/net-local.ts";
import { quiet } from "../contract/net-support.ts";
import { collectGarbage } from "../go/support.ts";
import { output, program } from "../prog/program.ts";

/** A server whose handlers fail, and one client that sees the end of its connection. */
const FAILING = (options: string): string => `
  import { background, chan, go, run, withCancel } from "gort";
  import { dial, serve } from "gort/net";
  const [ctx, cancel] = withCancel(background());
  function* client(addr) {
    const conn = yield* dial({ host: "127.0.0.1", port: addr.port });
    console.log("client", yield* conn.readLine());
    conn.close();
  }
  await run(function* () {
    const heard = chan(1);
    const server = go(function* () {
      yield* serve(
        { host: "127.0.0.1", ctx, onListen: (addr) => heard.trySend(addr), ${options} },
        function* failing() { throw new Error("as told"); },
      );
    });
    const addr = yield* heard.recv();
    yield* client(addr);
    yield* client(addr);
    cancel();
    yield* server;
    console.log("over");
  });
  process.on("exit", () => console.log(process.getActiveResourcesInfo().filter((kind) => /TCP/.test(kind))));`;

describe("a program that serves", () => {
  it("an onError that throws is a panic, as of every goroutine that nobody waits for", async () => {
    const source = FAILING('onError: () => { throw new Error("of onError"); }');
    const { code, stdout, stderr } = await program(source);
    assert.equal(code, 2);
    assert.match(stderr, /^panic: of onError\n\ngoroutine \d+ \[running\]:\n/);
    assert.ok(!stdout.includes("over"));
  });

  it("goes on when the program handles uncaught exceptions", async () => {
    const source = `process.on("uncaughtException", (error) => console.log("uncaught", error.message));
      ${FAILING('onError: () => { throw new Error("of onError"); }')}`;
    const lines = (await output(source)).split("\n").sort();
    assert.deepEqual(lines, [
      "",
      "[]",
      "client undefined",
      "client undefined",
      "over",
      "uncaught of onError",
      "uncaught of onError",
    ]);
  });

  it("prints a handler's error with its stack, and nothing else, when there is no onError", async () => {
    const { code, stdout, stderr } = await program(FAILING(""));
    assert.deepEqual([code, stdout], [0, "client undefined\nclient undefined\nover\n[]\n"]);
    const blocks = stderr.split(/^gort: a connection's handler failed: /m);
    assert.equal(blocks.length, 3, stderr);
    for (const block of blocks.slice(1)) assert.match(block, /^Error: as told\n\s+at failing/);
  });

  it("is not asleep while nobody dials, and ends by itself when its server has", async () => {
    const source = `import { background, run, withCancel } from "gort";
      import { serve } from "gort/net";
      const [ctx, cancel] = withCancel(background());
      const onListen = () => setTimeout(cancel, 200).unref();
      await run(function* () {
        yield* serve({ host: "127.0.0.1", ctx, onListen }, function* () {});
        console.log("over");
      });`;
    assert.equal(await output(source), "over\n");
  });
});

describe("a server that runs", () => {
  it("lets go of connections that are over", async () => {
    const refs: WeakRef<Conn>[] = [];
    const [ctx, stop] = withCancel(background());
    const heard = chan<Address>(1);
    await run(function* () {
      const server = go(function* () {
        const onListen = (addr: Address): void => void heard.trySend(addr);
        yield* serve({ host: HOST, ctx, onListen }, function* (conn) {
          refs.push(new WeakRef(conn));
          yield* conn.readLine();
        });
      });
      const { port } = (yield* heard.recv()) as { port: number };
      for (let i = 0; i < 20; i++) {
        using client = yield* dial({ host: HOST, port });
        yield* client.write("x\n");
        assert.equal(yield* client.readLine(), undefined);
      }
      // The last one or two may still stand in somebody's variable.
      const alive = (): number => refs.filter((ref) => ref.deref() !== undefined).length;
      for (let i = 0; i < 50 && alive() > 2; i++) {
        yield* quiet(2);
        collectGarbage();
      }
      assert.ok(refs.length === 20 && alive() <= 2, `${alive()} of ${refs.length}`);
      stop();
      yield* server;
    });
  });
});
