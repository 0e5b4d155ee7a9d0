/**
 * What the compiler says about gort/net. Nothing here is run, as in ops.test-d.ts.
 */
import { DeadlineExceededError, type Goroutine } from "gort";
import { type Conn, type DialOptions, dial } from "gort/net";

export function* dialing(conn: Conn): Goroutine {
  dial({ port: 1 });
  dial({ port: 1, host: "h", path: undefined, tls: true });
  dial({ path: "/x", tls: { servername: "x" } });
  // @ts-expect-error a port or a path
  dial({});
  // @ts-expect-error a port or a path
  dial({ host: "h" });
  // @ts-expect-error one of the two
  dial({ port: 1, path: "/x" });
  const options: DialOptions = { port: 1, host: undefined };
  dial({ ...options, host: "h" });
  try {
    yield* conn.write("x");
  } catch (error) {
    if (error instanceof DeadlineExceededError) (error.bytesWritten ?? 0).toFixed();
  }
  // @ts-expect-error bytes or a text
  conn.write(5);
}
