/**
 * The echo server of echo.ts with its goroutines unrolled by hand: what the runtime does for it.
 *
 * One goroutine serves all connections, and parks in one place only: in `poller.next()`, which says who can go on, and with what: a connection to accept, bytes to read, room
 * to write. Nothing else may wait. So where a goroutine would park in the middle of its loop, here its place in it (`state`) and its local variables (`unread`, `answer`)
 * are put into a table, and looked up again when the poller names it.
 *
 *   goroutine (echo.ts)                          here
 *   parked in conn.readLine()                    state "reading": interested in reading
 *   parked in conn.write(answer)                 state "writing": interested in writing; the answer is kept
 *   local variables                              a row of the table
 *   returned                                     state "closing": no row, once its last answer has gone out
 *
 *   gort run examples/net/echo-poll.ts [PORT]      without a port it talks to itself, and ends
 */
import { type Goroutine, go } from "gort";
import { type Conn, dial, type Listener, listen, Poller } from "gort/net";

interface Row {
  state: "reading" | "writing" | "closing";
  /** The beginning of a line whose end has not come. */
  unread: Buffer;
  /** What is to be written as soon as there is room. */
  answer: string;
}

const NEWLINE = 0x0a;
const LONGEST_LINE = 65_536;

/** The loop that stands for all goroutines, and for the scheduler. */
function* serve(listener: Listener): Goroutine {
  const poller = new Poller();
  const table = new Map<Conn, Row>();
  const buf = new Uint8Array(65_536);
  poller.add(listener);

  for (;;) {
    const event = yield* poller.next();
    if (event.kind === "accept") {
      const conn = event.listener.tryAccept();
      if (conn === undefined) continue;
      table.set(conn, { state: "reading", unread: Buffer.alloc(0), answer: "" });
      poller.add(conn);
      continue;
    }
    const { conn } = event;
    const row = table.get(conn);
    if (row === undefined) continue;
    try {
      switch (row.state) {
        case "reading": {
          const count = conn.tryRead(buf);
          if (count === undefined) break; // the poller was wrong: wait again
          if (count > 0) take(row, buf.subarray(0, count));
          else finish(row);
          if (row.answer === "" && count > 0) break; // no line is whole yet
          if (count > 0) row.state = "writing";
          poller.modify(conn, { write: true });
          break;
        }
        case "writing":
        case "closing": {
          if (row.answer !== "" && !conn.tryWrite(row.answer)) break; // no room yet
          row.answer = "";
          if (row.state === "closing") {
            table.delete(conn);
            conn.close(); // leaves the poller, too
          } else {
            row.state = "reading";
            poller.modify(conn, { read: true });
          }
          break;
        }
      }
    } catch {
      // A reset or an endless line ends this connection and no other.
      table.delete(conn);
      conn.close();
    }
  }
}

/** The bytes that have come: whole lines are answered, the rest is kept. */
function take(row: Row, bytes: Uint8Array): void {
  const all = Buffer.concat([row.unread, bytes]);
  const end = all.lastIndexOf(NEWLINE) + 1;
  row.answer = all.toString("utf8", 0, end).replaceAll("\r\n", "\n").toUpperCase();
  row.unread = all.subarray(end);
  if (row.unread.length > LONGEST_LINE) throw new Error("line too long");
}

/** The end has come: a last line need not have an end. */
function finish(row: Row): void {
  row.state = "closing";
  if (row.unread.length > 0) row.answer = `${row.unread.toString("utf8").replace(/\r$/, "").toUpperCase()}\n`;
}

function* client(port: number, lines: readonly string[]): Goroutine<string[]> {
  const conn = yield* dial({ host: "127.0.0.1", port });
  try {
    const answers: string[] = [];
    for (const line of lines) {
      yield* conn.write(`${line}\n`);
      answers.push((yield* conn.readLine()) ?? "the end");
    }
    return answers;
  } finally {
    conn.close();
  }
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 65_535;
}

export function* main(): Goroutine {
  const [, , port] = process.argv;
  if (port !== undefined && !isPort(port)) {
    console.error("usage: echo-poll.ts [PORT]");
    process.exitCode = 64;
    return;
  }
  const listener = yield* listen({ host: "127.0.0.1", port: Number(port ?? 0) });
  if (port !== undefined) {
    console.log(`listening on ${JSON.stringify(listener.addr)}`);
    yield* serve(listener);
  }
  go(serve, listener);
  if (!("port" in listener.addr)) return;
  const clients = [
    go(client, listener.addr.port, ["hello", "poller"]),
    go(client, listener.addr.port, ["is anybody there?", "two at once"]),
  ];
  for (const one of clients) for (const answer of yield* one) console.log(answer);
}

// Output:
// HELLO
// POLLER
// IS ANYBODY THERE?
// TWO AT ONCE
