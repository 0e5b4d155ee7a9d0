/**
 * GORT_DEBUG=ops on the network: what was made and never waited for is named with its line; a try is no such thing.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { program } from "../prog/program.ts";

it("names forgotten reads, writes, receives of lines, accepts and polls, and no tries", async () => {
  const source = `import { go, run } from "gort";
    import { dial, listen, Poller, serve } from "gort/net";
    await run(function* () {
      const listener = yield* listen({ host: "127.0.0.1" });
      const dialing = go(function* () { return yield* dial({ host: "127.0.0.1", port: listener.addr.port }); });
      const conn = yield* listener.accept();
      conn.tryRead(new Uint8Array(1));
      conn.tryWrite("x");
      conn.lines().tryRecv();
      yield* conn.write("y");
      const poller = new Poller();
      poller.add(conn, { write: true });
      yield* poller.next();
      poller.next();
      conn.read(new Uint8Array(1));
      conn.write("x");
      conn.lines().recv();
      listener.accept();
      dial({ port: 1 });
      listen();
      serve({}, function* () {});
      conn.readLine();
      conn.readFull(new Uint8Array(1));
      conn.readAll();
      dial({ port: -1 });
      (yield* dialing).close();
      conn.close();
      listener.close();
    });`;
  const { code, stderr, file } = await program(source, {
    flags: ["--expose-gc"],
    env: { GORT_DEBUG: "ops" },
  });
  assert.equal(code, 0, stderr);
  const told = stderr.matchAll(
    /^gort: (.+) operation made and never waited for .*\n\tat .*?([^\s(]+):(\d+):\d+\)?$/gm,
  );
  const lines = [...told].map(([, kind, path, line]) => {
    assert.equal(path, file);
    return `${kind} ${line}`;
  });
  const names = [
    "poll",
    "read",
    "write",
    "readLine",
    "accept",
    "dial",
    "listen",
    "serve",
    "readLine",
    "readFull",
  ];
  const expected = [...names, "readAll", "refused"].map((name, i) => `${name} ${14 + i}`);
  assert.deepEqual(lines.sort(), expected.sort());
});
