/**
 * Poller, tryRead, tryWrite, tryAccept: readiness as a program sees it that keeps its states by itself.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chan, type Goroutine, go, type Handle, select } from "gort";
import { type Conn, dial, type Listener, listen, Poller, type Readiness } from "gort/net";
import { inMain, mustBlock, mustFinish, panicOf } from "../go/support.ts";

type Place = { address: string; port: number };

/** A listener and both ends of a connection to it. */
interface Line {
  readonly listener: Listener;
  readonly near: Conn;
  readonly far: Conn;
}

function* connect(listener: Listener): Goroutine<[near: Conn, far: Conn]> {
  const dialing = go(function* () {
    return yield* dial({ host: "127.0.0.1", port: (listener.addr as Place).port });
  });
  const near = yield* listener.accept();
  return [near, yield* dialing];
}

function withLine(body: (line: Line) => Goroutine): () => Promise<void> {
  return inMain(function* () {
    const listener = yield* listen({ host: "127.0.0.1" });
    try {
      const [near, far] = yield* connect(listener);
      try {
        yield* body({ listener, near, far });
      } finally {
        near.close();
        far.close();
      }
    } finally {
      listener.close();
    }
  });
}

/** Who asks for one event, and has gone as far as it can. */
function* asking<D>(poller: Poller<D>): Goroutine<Readiness<D>> {
  return yield* poller.next();
}

/** Tells an event apart from the others of a test. */
const label = (event: Readiness<unknown>): string => `${event.kind} ${String(event.data)}`;

/** Writes until the kernel takes no more; how many bytes. */
function fill(conn: Conn): number {
  const block = new Uint8Array(65_536);
  let written = 0;
  while (conn.tryWrite(block)) written += block.length;
  return written;
}

const buf = new Uint8Array(1024);

describe("Poller.next", () => {
  it(
    "tells of a connection to accept, with the data that was given",
    withLine(function* ({ listener }) {
      const poller = new Poller<string>();
      poller.add(listener, { read: true }, "the listener");
      assert.equal(listener.tryAccept(), undefined);
      const asked = go(asking, poller as Poller<unknown>);
      yield* mustBlock(asked, "nobody has dialed");
      const far = yield* dial({ host: "127.0.0.1", port: (listener.addr as Place).port });
      const event = yield* asked;
      assert.ok(event.kind === "accept" && event.listener === listener && event.data === "the listener");
      const near = event.listener.tryAccept();
      assert.ok(near);
      yield* far.write("hello\n");
      assert.equal(yield* near.readLine(), "hello");
      assert.equal(listener.tryAccept(), undefined);
      near.close();
      far.close();
    }),
  );

  it(
    "tells of what can be read until it has been read, and not longer",
    withLine(function* ({ near, far }) {
      const poller = new Poller();
      poller.add(near);
      assert.equal(near.tryRead(buf), undefined);
      const asked = go(asking, poller);
      yield* mustBlock(asked, "nothing was written");
      yield* far.write("abc");
      const event = yield* asked;
      assert.ok(event.kind === "readable" && event.conn === near && event.data === undefined);
      assert.equal(near.tryRead(buf.subarray(0, 2)), 2);
      assert.equal((yield* poller.next()).kind, "readable");
      assert.equal(near.tryRead(buf.subarray(2)), 1);
      assert.equal(Buffer.from(buf.subarray(0, 3)).toString(), "abc");
      assert.equal(near.tryRead(buf), undefined);
      const again = go(asking, poller);
      yield* mustBlock(again, "all was read");
      yield* far.write("d");
      assert.equal((yield* again).kind, "readable");
    }),
  );

  it(
    "tells of the end of the stream, of a deadline and of a break as of something to read",
    withLine(function* ({ listener, near, far }) {
      const poller = new Poller();
      poller.add(near);
      const timed = go(asking, poller);
      yield* mustBlock(timed, "nothing was written");
      near.setReadDeadline(1);
      assert.equal((yield* timed).kind, "readable");
      assert.throws(() => near.tryRead(buf), { code: "GORT_DEADLINE_EXCEEDED", message: "i/o timeout" });
      near.setReadDeadline(null);

      const ended = go(asking, poller);
      yield* mustBlock(ended, "the deadline is taken back");
      far.closeWrite();
      assert.equal((yield* ended).kind, "readable");
      assert.equal(near.tryRead(buf), 0);
      assert.ok(near.tryWrite("still"));
      poller.remove(near);

      const [other, peer] = yield* connect(listener);
      poller.add(other);
      const broken = go(asking, poller);
      yield* mustBlock(broken, "nothing was written");
      yield* other.write("unread");
      peer.close(); // with bytes that it has not read: a reset, or an end where the system is polite
      yield* broken;
      try {
        assert.equal(other.tryRead(buf), 0);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "ECONNRESET");
      }
      other.close();
    }),
  );

  it(
    "tells of what can be written while the kernel has room, and again when it has",
    withLine(function* ({ near, far }) {
      const poller = new Poller();
      poller.add(near, { write: true });
      assert.equal((yield* poller.next()).kind, "writable");
      assert.equal((yield* poller.next()).kind, "writable");
      const written = fill(near);
      assert.ok(!near.tryWrite("more"));
      const asked = go(asking, poller);
      yield* mustBlock(asked, "the kernel is full");
      const all = new Uint8Array(written).fill(1);
      yield* far.readFull(all);
      assert.ok(all.every((byte) => byte === 0));
      assert.equal((yield* asked).kind, "writable");
      assert.ok(near.tryWrite("more"));

      fill(near);
      const ended = go(asking, poller);
      yield* mustBlock(ended, "the kernel is full again");
      near.closeWrite();
      assert.equal((yield* ended).kind, "writable");
      assert.throws(() => near.tryWrite("x"), { code: "GORT_CONN_CLOSED" });
    }),
  );

  it(
    "is fair: what can go on comes in turn, however often it is asked for",
    withLine(function* ({ listener, near, far }) {
      const [other, peer] = yield* connect(listener);
      const poller = new Poller<string>();
      poller.add(near, { read: true, write: true }, "near");
      poller.add(other, { read: true }, "other");
      yield* far.write("a");
      yield* peer.write("b");
      const told = new Set<string>();
      while (!(told.has("readable near") && told.has("readable other")))
        told.add(label(yield* poller.next()));
      const seen = new Map<string, number>();
      for (let i = 0; i < 30; i++) {
        const name = label(yield* poller.next());
        seen.set(name, (seen.get(name) ?? 0) + 1);
      }
      assert.deepEqual(
        [...seen].sort(([a], [b]) => (a < b ? -1 : 1)),
        [
          ["readable near", 10],
          ["readable other", 10],
          ["writable near", 10],
        ],
      );
      other.close();
      peer.close();
    }),
  );

  it(
    "serves those who wait in their order, and one that loses its select takes nothing",
    withLine(function* ({ near, far }) {
      const poller = new Poller();
      poller.add(near);
      const quit = chan<number>(1);
      const loser = go(function* () {
        return (yield* select({ event: poller.next(), quit: quit.recv() })).case;
      });
      yield* mustBlock(loser, "nothing was written");
      const order: string[] = [];
      const ask = (name: string) =>
        go(function* () {
          yield* poller.next();
          order.push(name);
        });
      const first = ask("first");
      const second = ask("second");
      yield* mustBlock(second, "nothing was written");
      yield* quit.send(1);
      assert.equal(yield* loser, "quit");
      yield* far.write("x");
      yield* first;
      yield* second; // nobody has read: it is told, too
      assert.deepEqual(order, ["first", "second"]);
      assert.equal((yield* select({ event: poller.next() })).case, "event");
    }),
  );

  it(
    "can be waited for with await",
    withLine(function* ({ near, far }) {
      const poller = new Poller();
      poller.add(near);
      const asked = go(async () => (await poller.next()).kind);
      yield* mustBlock(asked, "nothing was written");
      yield* far.write("x");
      assert.equal(yield* asked, "readable");
    }),
  );
});

describe("Poller.modify and remove", () => {
  it(
    "change what is heard of, also while somebody waits",
    withLine(function* ({ near, far }) {
      const poller = new Poller();
      poller.add(near, {});
      yield* far.write("x");
      const asked = go(asking, poller);
      yield* mustBlock(asked, "nothing is wanted");
      poller.modify(near, { write: true });
      assert.equal((yield* asked).kind, "writable");
      poller.modify(near, { read: true });
      assert.equal((yield* poller.next()).kind, "readable");
      assert.ok(poller.remove(near));
      assert.ok(!poller.remove(near));
      const removed = go(asking, poller);
      yield* mustBlock(removed, "it is watched no more");
      const elsewhere = new Poller<number>();
      elsewhere.add(near, { read: true }, 7);
      assert.equal((yield* elsewhere.next()).data, 7);
      poller.add(far, { write: true });
      yield* mustFinish(removed, "another one can be written");
    }),
  );

  it(
    "a closed one leaves by itself",
    withLine(function* ({ listener, near, far }) {
      const poller = new Poller();
      poller.add(near, { read: true, write: true });
      poller.add(listener);
      yield* poller.next();
      near.close();
      listener.close();
      const asked = go(asking, poller);
      yield* mustBlock(asked, "nothing is left");
      assert.ok(!poller.remove(near));
      assert.throws(() => poller.modify(near, {}), { code: "GORT_INVALID_OPTION" });
      assert.throws(() => poller.add(near), { code: "GORT_CONN_CLOSED" });
      assert.throws(() => poller.add(listener), { code: "GORT_CONN_CLOSED" });
      assert.throws(() => listener.tryAccept(), { code: "GORT_CONN_CLOSED" });
      assert.throws(() => near.tryRead(buf), { code: "GORT_CONN_CLOSED" });
      assert.throws(() => near.tryWrite(buf), { code: "GORT_CONN_CLOSED" });
      poller.add(far, { write: true });
      yield* mustFinish(asked, "the other end can still be tried");
    }),
  );

  it(
    "refuse what they cannot watch, at the call",
    withLine(function* ({ listener, near }) {
      const poller = new Poller();
      const other = new Poller();
      poller.add(near);
      const refused = (body: () => void, message: RegExp): void =>
        assert.throws(body, { name: "TypeError", code: "GORT_INVALID_OPTION", message });
      refused(() => poller.add(null as never), /needs a connection or a listener, got null/);
      refused(() => poller.add({} as never), /needs a connection or a listener, got/);
      refused(() => poller.add(near), /in a poller already/);
      refused(() => other.add(near), /in a poller already/);
      refused(() => other.modify(near, {}), /not in this poller/);
      refused(() => poller.modify(near, { reed: true } as never), /no option "reed" \(read, write\)/);
      refused(() => poller.modify(near, { read: 1 } as never), /read is a boolean, got the number 1/);
      refused(() => poller.modify(near, null as never), /needs \{ read\?: boolean, write\?: boolean \}/);
      refused(() => poller.add(listener, { write: true }), /a listener is only read/);
      assert.ok(!other.remove(near));
      assert.ok(!other.remove(null as never));
      poller.add(listener);
    }),
  );
});

describe("tryRead and tryWrite", () => {
  it(
    "keep to the line of those who wait",
    withLine(function* ({ near, far }) {
      const reader = go(function* () {
        return yield* near.readLine();
      });
      yield* mustBlock(reader, "nothing was written");
      assert.equal(near.tryRead(buf), undefined);
      const poller = new Poller();
      poller.add(near);
      yield* far.write("who");
      yield* poller.next();
      assert.equal(near.tryRead(buf), undefined, "what is there is the other one's");
      yield* far.write("le\n");
      assert.equal(yield* reader, "whole");

      fill(near);
      const writer = go(function* () {
        yield* near.write("last");
      });
      yield* mustBlock(writer, "the kernel is full");
      assert.ok(!near.tryWrite("before"));
      near.close();
      assert.equal(((yield* panicOf(() => outcome(writer))) as { code?: string }).code, "GORT_CONN_CLOSED");
    }),
  );

  it(
    "an empty buffer reads nothing, empty data is written at once",
    withLine(function* ({ near }) {
      assert.equal(near.tryRead(new Uint8Array(0)), 0);
      assert.ok(near.tryWrite(""));
      assert.ok(near.tryWrite(new Uint8Array(0)));
      assert.throws(() => near.tryRead("x" as never), { code: "GORT_INVALID_OPTION" });
      assert.throws(() => near.tryWrite(7 as never), { code: "GORT_INVALID_OPTION" });
    }),
  );

  it(
    "what was handed over may be changed at once",
    withLine(function* ({ near, far }) {
      const block = Buffer.alloc(1 << 20, 1);
      let written = 0;
      while (near.tryWrite(block)) {
        written += block.length;
        block.fill(1);
      }
      block.fill(2); // the last one that was taken is still under way
      near.closeWrite();
      const all = yield* far.readAll();
      assert.equal(all.length, written);
      assert.ok(all.every((byte) => byte === 1));
    }),
  );
});

function* outcome<R>(handle: Handle<R>): Goroutine<R> {
  return yield* handle;
}
