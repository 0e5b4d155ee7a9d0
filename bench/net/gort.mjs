/**
 * gort's servers: a goroutine per connection, a goroutine per request.
 */
import { MESSAGE } from "./index.mjs";

const host = "127.0.0.1";

const echo = (size) => async (listening) => {
  const [{ run }, { serve }] = await Promise.all([import("gort"), import("gort/net")]);
  const onListen = ({ port }) => listening(port);
  await run(function* main() {
    yield* serve({ port: 0, host, onListen }, function* handle(conn) {
      const buf = new Uint8Array(size);
      for (let n = yield* conn.read(buf); n > 0; n = yield* conn.read(buf)) {
        yield* conn.write(buf.subarray(0, n));
      }
    });
  });
};

const http = async (listening) => {
  const [{ run }, { serve }] = await Promise.all([import("gort"), import("gort/http")]);
  await run(function* main() {
    const server = yield* serve({ port: 0, host }, function* handle(_req, res) {
      res.setHeader("Content-Type", "text/plain");
      res.end("hello, world\n");
    });
    listening(server.addr.port);
  });
};

/** A server calls `listening` with its port. In `idle` the connection is weighed, not the buffer. */
export const servers = { gort: { echo: echo(4096), idle: echo(MESSAGE), http } };
