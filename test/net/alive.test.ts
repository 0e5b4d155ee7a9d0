/**
 * Programs and their end: a goroutine that is parked on the network is no deadlock; one that is parked for ever beside it is one as soon as nothing of the host's is left.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReport, summary } from "../prog/dump.ts";
import { output, program } from "../prog/program.ts";

const PAIR = `
  const HOST = "127.0.0.1";
  function* pair() {
    const listener = yield* listen({ host: HOST });
    const dialing = go(function* () { return yield* dial({ host: HOST, port: listener.addr.port }); });
    const server = yield* listener.accept();
    listener.close();
    return [yield* dialing, server];
  }`;

describe("a program on the network", () => {
  it("is not asleep while a goroutine is parked on a socket", async () => {
    // The peer is another process's event loop as far as the program knows: a plain timer writes after a while.
    const source = `import { go, run } from "gort";
      import { dial, listen } from "gort/net";
      import { connect } from "node:net";
      await run(function* () {
        const listener = yield* listen({ host: "127.0.0.1" });
        const peer = connect(listener.addr.port, "127.0.0.1");
        const conn = yield* listener.accept();
        setTimeout(() => peer.end("late\\n"), 300).unref();
        console.log(yield* conn.readLine(), yield* conn.readLine());
        conn.close();
        listener.close();
      });`;
    assert.equal(await output(source), "late undefined\n");
  });

  it("waits in accept for ever, as a server does", async () => {
    const source = `import { run } from "gort";
      import { listen } from "gort/net";
      setTimeout(() => { console.log("still there"); process.exit(0); }, 400).unref();
      await run(function* () {
        const listener = yield* listen({ host: "127.0.0.1" });
        yield* listener.accept();
      });`;
    assert.equal(await output(source), "still there\n");
  });

  it("is asleep when its goroutines wait for each other and its connections are closed", async () => {
    const source = `import { chan, go, run } from "gort";
      import { dial, listen } from "gort/net";
      ${PAIR}
      export function* main() {
        const [client, server] = yield* pair();
        yield* client.write("x\\n");
        yield* server.readLine();
        client.setDeadline(3_600_000);
        client.close();
        server.close();
        yield* chan().recv();
      }`;
    const { code, stderr } = await program(source, { command: true });
    assert.equal(code, 2);
    const { message, blocks } = parseReport(stderr);
    assert.equal(message, "all goroutines are asleep - deadlock!");
    assert.deepEqual(summary(blocks), ["1 [chan receive] main"]);
  });

  it("says IO wait of those that are parked on the network", async () => {
    const source = `import { chan, go, runtime } from "gort";
      import { dial, listen } from "gort/net";
      ${PAIR}
      function* reader(conn) { yield* conn.readLine(); }
      function* writer(conn) { yield* conn.write(new Uint8Array(50_000_000)); }
      function* accepter(listener) { yield* listener.accept(); }
      function* over(ch) { yield* ch.recv(); }
      export function* main() {
        const [client, server] = yield* pair();
        const listener = yield* listen({ host: HOST });
        go(reader, client);
        go(writer, client);
        go(accepter, listener);
        go(over, server.lines());
        for (let i = 0; i < 4; i++) yield* go(function* () {});
        console.log(runtime.stacks());
        process.exit(0);
      }`;
    const text = await output(source, { command: true });
    for (const name of ["reader", "writer", "accepter", "over"])
      assert.match(text, new RegExp(`goroutine \\d+ \\[IO wait\\]:\\n${name}\\(`), text);
  });

  it("ends when main has, whatever is open, in the command", async () => {
    const source = `import { go } from "gort";
      import { dial, listen } from "gort/net";
      ${PAIR}
      export function* main() {
        const [client, server] = yield* pair();
        go(function* () { yield* server.readLine(); });
        console.log("main is over");
      }`;
    assert.equal(await output(source, { command: true }), "main is over\n");
  });

  it("leaves nothing: with everything closed the process ends by itself", async () => {
    const source = `import { go, run, select } from "gort";
      import { dial, listen } from "gort/net";
      ${PAIR}
      await run(function* () {
        const [client, server] = yield* pair();
        client.setDeadline(3_600_000);
        server.setReadDeadline(3_600_000);
        yield* client.write("x\\n");
        console.log(yield* server.readLine());
        client.close();
        server.close();
      });
      process.on("exit", () => console.log(process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind))));`;
    assert.equal(await output(source), "x\n[]\n");
  });

  it("reads a socket only when a goroutine wants it: importing the door opens nothing", async () => {
    const source = `import "gort/net";
      console.log(process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout|Immediate/.test(kind)));`;
    assert.equal(await output(source), "[]\n");
  });
});
