/**
 * Go: test/chan/select6.go. A select that loses leaves the middle of a wait queue without hurting its neighbours.
 *
 * Differs: the queue of c1 is known here to be (receiver, select), and the order in which they are served is checked.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chan, go, select } from "gort";
import { inOrder, rest } from "../support.ts";

test(
  "select6.go: a select removed from behind another receiver",
  inOrder(function* () {
    const c1 = chan<string>();
    const c2 = chan<boolean>();
    const c3 = chan<boolean>();
    const got: string[] = [];
    const first = go(function* () {
      got.push(`first ${yield* c1.recv()}`);
    });
    const second = go(function* () {
      const s = yield* select({ c1: c1.recv(), c2: c2.recv() });
      assert.equal(s.case, "c2");
      yield* c3.send(true);
      got.push(`second ${yield* c1.recv()}`);
    });
    yield* rest(first, second);
    go(function* () {
      yield* c2.send(true);
    });
    yield* c3.recv();
    yield* c1.send("a");
    yield* c1.send("b");
    yield* first;
    yield* second;
    assert.deepEqual(got, ["first a", "second b"]);
  }),
);

test(
  "select6.go: a select removed from between two receivers, and from between two senders",
  inOrder(function* () {
    const c = chan<number>();
    const got: string[] = [];
    const quit = chan<void>();
    const before = go(function* () {
      got.push(`before ${yield* c.recv()}`);
    });
    const between = go(function* () {
      const s = yield* select({ c: c.recv(), quit: quit.recv() });
      assert.equal(s.case, "quit");
    });
    const after = go(function* () {
      got.push(`after ${yield* c.recv()}`);
    });
    yield* rest(before, between, after);
    yield* quit.send();
    yield* between;
    yield* c.send(1);
    yield* c.send(2);
    yield* before;
    yield* after;
    assert.deepEqual(got, ["before 1", "after 2"]);

    const h1 = go(function* () {
      yield* c.send(3);
    });
    const h2 = go(function* () {
      const s = yield* select({ c: c.send(4), quit: quit.recv() });
      assert.equal(s.case, "quit");
    });
    const h3 = go(function* () {
      yield* c.send(5);
    });
    yield* rest(h1, h2, h3);
    yield* quit.send();
    assert.equal(yield* c.recv(), 3);
    assert.equal(yield* c.recv(), 5);
    assert.equal(c.tryRecv(), undefined);
  }),
);
