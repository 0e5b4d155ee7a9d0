/**
 * A chat over TCP: everybody hears everybody, and who is too slow is dropped.
 *
 * A connection has two goroutines. One parks in `readLine`, until its client says something; the other in the client's outbox (a channel with room for a few lines), until
 * there is something to tell, and then in `write`, until the kernel has room. What somebody says is put into every outbox with `trySend`, which never parks: so one client
 * that does not read holds up nobody. Its kernel's buffer fills, then its outbox, and then it is dropped instead of taking the server's memory. Whoever has said something
 * lets the others run first (`gosched`), so that only who does not read is too slow.
 *
 *   gort run examples/net/chat.ts [PORT]      then `nc localhost PORT`, and say your name first; without a port it talks to itself, and ends
 */
import {
  background,
  type Chan,
  type Context,
  chan,
  type Goroutine,
  go,
  gosched,
  range,
  withCancel,
} from "gort";
import { type Address, type Conn, dial, serve } from "gort/net";

/** How many lines a client may be behind: more than there are others who may say one in the same moment. */
const OUTBOX = 256;

interface Client {
  readonly name: string;
  readonly conn: Conn;
  readonly outbox: Chan<string>;
}

class Room {
  private readonly clients = new Set<Client>();

  join(client: Client): void {
    this.tell(`* ${client.name} has joined`);
    this.clients.add(client);
  }

  /** Whether it was still there. */
  leave(client: Client): boolean {
    if (!this.clients.delete(client)) return false;
    client.outbox.close();
    return true;
  }

  /** To all but the one who says it. Never waits. */
  tell(line: string, from?: Client): void {
    const slow: Client[] = [];
    for (const client of this.clients)
      if (client !== from && !client.outbox.trySend(`${line}\n`)) slow.push(client);
    for (const client of slow) {
      this.leave(client);
      client.conn.close(); // wakes both its goroutines
    }
    for (const { name } of slow) this.tell(`* ${name} was too slow`);
  }
}

/** Reads what one client says. */
function* talk(room: Room, conn: Conn): Goroutine {
  yield* conn.write("your name? ");
  const name = yield* conn.readLine(32);
  if (name === undefined) return;
  const client: Client = { name, conn, outbox: chan<string>(OUTBOX) };
  room.join(client);
  const writing = go(deliver, client);
  try {
    for (let line = yield* conn.readLine(); line !== undefined; line = yield* conn.readLine()) {
      room.tell(`${name}: ${line}`, client);
      // Of many lines that came at once the next is there already: readLine would not park, and the outboxes would fill before anybody could empty his.
      yield* gosched();
    }
  } catch {
    // It was dropped, or its connection broke: the end, as any other.
  }
  if (room.leave(client)) room.tell(`* ${name} has left`);
  yield* writing; // what is in the outbox is still delivered
}

/** Writes what one client is told. */
function* deliver({ conn, outbox }: Client): Goroutine {
  try {
    for (const line = range(outbox); yield* line.next(); ) yield* conn.write(line.value);
  } catch {
    conn.close(); // whoever reads from it hears of it
  }
}

function chat(ctx: Context, port: number, onListen: (addr: Address) => void) {
  const room = new Room();
  return serve({ host: "127.0.0.1", port, ctx, onListen }, function* (conn) {
    yield* talk(room, conn);
  });
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 65_535;
}

export function* main(): Goroutine {
  const [, , port] = process.argv;
  if (port !== undefined && !isPort(port)) {
    console.error("usage: chat.ts [PORT]");
    process.exitCode = 64;
    return;
  }
  const [ctx, cancel] = withCancel(background());
  if (port !== undefined) {
    yield* chat(ctx, Number(port), (addr) => console.log(`listening on ${JSON.stringify(addr)}`));
    return;
  }
  const listening = chan<Address>(1);
  const server = go(function* () {
    yield* chat(ctx, 0, (addr) => void listening.trySend(addr));
  });
  yield* demonstrate((yield* listening.recv()) as Address);
  cancel();
  yield* server;
}

function* enter(addr: Address, name: string): Goroutine<Conn> {
  const conn = yield* dial({ host: "127.0.0.1", port: "port" in addr ? addr.port : 0 });
  yield* conn.readFull(new Uint8Array("your name? ".length));
  yield* conn.write(`${name}\n`);
  return conn;
}

function* demonstrate(addr: Address): Goroutine {
  const ada = yield* enter(addr, "ada");
  const bob = yield* enter(addr, "bob");
  console.log(`ada hears: ${yield* ada.readLine()}`);
  yield* ada.write("hello bob\n");
  console.log(`bob hears: ${yield* bob.readLine()}`);
  yield* bob.write("hello ada\n");
  console.log(`ada hears: ${yield* ada.readLine()}`);

  const sleepy = yield* enter(addr, "sleepy"); // and never reads
  console.log(`ada hears: ${yield* ada.readLine()}`);
  console.log(`bob hears: ${yield* bob.readLine()}`);
  const much = "x".repeat(60_000);
  for (let i = 0, heard = ""; i < 5_000 && heard !== "* sleepy was too slow"; i++) {
    yield* ada.write(`${much}\n`);
    heard = (yield* bob.readLine()) ?? "";
  }
  console.log(`ada hears: ${yield* ada.readLine()}`);

  bob.close();
  console.log(`ada hears: ${yield* ada.readLine()}`);
  sleepy.close();
  ada.close();
}

// Output:
// ada hears: * bob has joined
// bob hears: ada: hello bob
// ada hears: bob: hello ada
// ada hears: * sleepy has joined
// bob hears: * sleepy has joined
// ada hears: * sleepy was too slow
// ada hears: * bob has left
