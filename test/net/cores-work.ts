/** Portable handlers, in a file that every core imports. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Goroutine, portable, runtime } from "gort";
import type { Conn } from "gort/net";

/** Says which processor serves, once the client has said something; fails when that is "boom". */
export const whereConn = portable(function* whereConn(conn: Conn): Goroutine {
  const line = yield* conn.readLine();
  if (line === "boom") throw new RangeError("boom");
  yield* conn.write(`${runtime.procId()}\n`);
} as never) as unknown as (conn: Conn) => Goroutine;

export const whereRequest = portable(function* whereRequest(
  req: IncomingMessage,
  res: ServerResponse,
): Goroutine {
  if (req.url === "/boom") throw new RangeError("boom");
  res.end(String(runtime.procId()));
} as never) as unknown as (req: IncomingMessage, res: ServerResponse) => Goroutine;
