/**
 * Connections that break before their owner has asked anything of them: the first read says so, and nobody waits for ever.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Goroutine } from "gort";
import { type Conn, listen } from "gort/net";
import { tcp } from "../contract/net-local.ts";
import { doing, onNet } from "../contract/net-support.ts";
import { broken, tls } from "./broken.ts";

/** What waiting for the end of it gives: the end, or a code. */
function* endOf(body: () => Goroutine<unknown>): Goroutine<unknown> {
  try {
    return yield* body();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

const ENDS: Readonly<Record<string, (conn: Conn) => Goroutine<unknown>>> = {
  read: (conn) => doing<unknown>(conn.read(new Uint8Array(1))),
  readLine: (conn) => doing<unknown>(conn.readLine()),
};

for (const net of [tcp, tls]) {
  describe(`${net.name}: a connection that breaks before anybody has asked`, () => {
    for (const [what, end] of Object.entries(ENDS)) {
      test(
        `says so at the first ${what}, and again`,
        onNet(net, function* () {
          using listener = yield* listen(net.place());
          using conn = yield* broken(net, listener);
          const first = yield* endOf(() => end(conn));
          // Node may show it as the end of the stream over TLS, or as no word at all.
          const known = net.resets
            ? ["ECONNRESET", "EPIPE"]
            : ["ECONNRESET", "EPIPE", "GORT_CONN_CLOSED", 0, undefined];
          assert.ok(known.includes(first as string), String(first));
          assert.equal(yield* endOf(() => end(conn)), first);
        }),
      );
    }

    test(
      "is closed as any other",
      onNet(net, function* () {
        using listener = yield* listen(net.place());
        const conn = yield* broken(net, listener);
        conn.close();
      }),
    );
  });
}

describe("TLS: bytes that are none of it", () => {
  test(
    "are the error of the first read, also when they came before that",
    onNet(tls, function* () {
      using listener = yield* listen(tls.place());
      using conn = yield* broken(tls, listener, "spoiled");
      const code = yield* endOf(() => doing<unknown>(conn.readLine()));
      assert.match(String(code), /^ERR_SSL_/);
      assert.equal(yield* endOf(() => doing<unknown>(conn.readAll())), code);
    }),
  );
});
