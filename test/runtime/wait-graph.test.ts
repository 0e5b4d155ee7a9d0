/**
 * Who waits for whom, as data.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  chan,
  type Goroutine,
  go,
  gosched,
  type Handle,
  Mutex,
  RWMutex,
  run,
  select,
  sleep,
  wait,
} from "gort";
import { explore } from "gort/testing";
import { graphText, type WaitGraph, waitGraph } from "#src/runtime/wait-graph.ts";
import { objectOf } from "#src/runtime/waited.ts";
import { named, ringOf, settle, takeBoth } from "./stuck-found.ts";

/** The graph of a program that has come to rest; what was left behind by others is not in it. */
async function graphOf(start: () => Goroutine<unknown> | undefined, most?: number): Promise<WaitGraph> {
  const before = new Set(waitGraph().nodes.map(({ goid }) => goid));
  const all = await run(function* main() {
    const body = start();
    if (body !== undefined) yield* body;
    yield* settle();
    return waitGraph(most);
  });
  const edges = all.edges.filter(({ from }) => !before.has(from));
  return {
    ...all,
    nodes: all.nodes.filter(({ goid }) => !before.has(goid)),
    edges,
    cycles: all.cycles.filter((ring) => !ring.some((goid) => before.has(goid))),
  };
}

/** Its edges with names for numbers, and a letter for each object. */
function words({ nodes, edges }: WaitGraph): string[] {
  const names = new Map(nodes.map(({ goid, name }) => [goid, name]));
  const letters = new Map<string, string>();
  return edges.map(({ from, to, kind, object, exact }) => {
    if (!letters.has(object)) letters.set(object, "abcdefgh"[letters.size] as string);
    const [what] = object.split(/[#@ ]/);
    const whom = to === null ? "" : ` > ${names.get(to) ?? to}`;
    return `${names.get(from)} ${kind} ${what} ${letters.get(object)}${whom}${exact ? "" : " ~"}`;
  });
}

describe("the wait-for graph", () => {
  it("has who waits at what, who holds it, and the cycles", async () => {
    const graph = await graphOf(() => ringOf(2));
    assert.deepEqual(words(graph), [
      "g0 waits mutex a > g1",
      "g1 waits mutex b > g0",
      "g1 holds mutex a",
      "g0 holds mutex b",
    ]);
    assert.deepEqual(
      graph.nodes.map(({ name, reason }) => [name, reason]),
      [
        ["g0", "sync.Mutex.Lock"],
        ["g1", "sync.Mutex.Lock"],
      ],
    );
    assert.deepEqual(graph.cycles, [graph.nodes.map(({ goid }) => goid)]);
    assert.equal(graph.isComplete, true);
  });

  it("knows nobody who would serve a channel, and names those who are waited for and do not wait", async () => {
    const mu = new Mutex();
    const graph = await graphOf(function* () {
      const ch = chan();
      go(function* receiver() {
        yield* ch.recv();
      });
      go(function* asker() {
        yield* wait(new Promise(() => {}));
      });
      const ended = go(function* ended() {
        yield* mu.lock();
      });
      yield* ended;
      const busy: Handle<void> = go(function* busy() {
        for (let i = 0; i < 200; i++) yield* gosched();
      });
      go(function* waiter() {
        yield* mu.lock();
      });
      go(function* joiner() {
        yield* busy;
      });
    });
    assert.deepEqual(
      words(graph),
      [
        "waiter waits mutex a > ",
        "joiner waits goroutine b > busy",
        "receiver waits chan c",
        "undefined holds mutex a",
      ].map((line) => line.replace("undefined", "")),
    );
    assert.deepEqual(graph.nodes.map(({ name, reason }) => `${name}: ${reason}`).sort(), [
      ": dead",
      "asker: promise",
      "busy: runnable",
      "joiner: goroutine join",
      "receiver: chan receive",
      "waiter: sync.Mutex.Lock",
    ]);
    assert.deepEqual(graph.cycles, []);
  });

  it("has an edge for each case of a select, and for each reader that a writer waits for", async () => {
    const rw = new RWMutex();
    const mu = new Mutex();
    const graph = await graphOf(function* () {
      for (const name of ["one", "two"])
        go(
          named(name, function* () {
            yield* rw.rLock();
            yield* select({});
          }),
        );
      yield* gosched();
      go(function* writer() {
        yield* rw.lock();
      });
      go(function* holder() {
        yield* mu.lock();
        yield* wait(new Promise(() => {}));
      });
      yield* gosched();
      go(function* choice() {
        yield* select({ a: mu.lock(), b: chan().recv() });
      });
    });
    const found = words(graph).map((line) => line.replace(/ [a-d]( |$)/, "$1"));
    assert.deepEqual(found.sort(), [
      "choice waits chan",
      "choice waits mutex > holder",
      "holder holds mutex",
      "one holds rwmutex",
      "two holds rwmutex",
      "writer waits rwmutex > one",
      "writer waits rwmutex > two",
    ]);
  });

  it("marks what is only the last that was seen, and makes no cycle of it", async () => {
    const signal = new Mutex();
    const graph = await graphOf(function* () {
      go(function* waiter() {
        for (let i = 0; i < 3; i++) yield* signal.lock();
      });
      yield* settle();
      signal.unlock();
    });
    assert.deepEqual(words(graph), ["waiter waits mutex a > waiter ~", "waiter holds mutex a ~"]);
    assert.deepEqual(graph.cycles, []);
  });

  it("looks at so many and no more, and first at those that can be in a cycle", async () => {
    const most =
      waitGraph().edges.filter(({ kind, object }) => kind === "waits" && !object.startsWith("chan")).length +
      4;
    const graph = await graphOf(function* () {
      for (let i = 0; i < 30; i++)
        go(function* () {
          yield* chan().recv();
        });
      yield* ringOf(2);
      // What other tests have left behind is looked at as well.
    }, most);
    const waiters = waitGraph(most)
      .edges.filter(({ kind }) => kind === "waits")
      .map(({ from }) => from);
    assert.ok(new Set(waiters).size <= most, `${new Set(waiters).size} of ${most}`);
    assert.equal(graph.isComplete, false);
    assert.equal(graph.cycles.length, 1);
    assert.ok(graph.nodes.length < 30, `${graph.nodes.length}`);
  });

  it("in a world apart begins its numbers anew, so that a schedule that is played again says the same", async () => {
    const texts = new Set<string>();
    const ask = (): Promise<unknown> =>
      explore(
        function* main() {
          const a = new Mutex();
          const b = new Mutex();
          const one = go(named("one", () => takeBoth(a, b)));
          go(named("two", () => takeBoth(b, a)));
          yield* settle();
          const text = graphText();
          if (text !== "") texts.add(text);
          a.unlock();
          b.unlock();
          yield* one;
        },
        { strategy: "random", schedules: 20, seed: 7, shrink: 0, maxSteps: 5000 },
      );
    await ask();
    const first = [...texts];
    assert.ok(first.some((text) => text.includes("cycle: ")));
    for (const text of first) assert.doesNotMatch(text.replace(/mutex#[12]\b/g, ""), /#/);
    await ask();
    assert.deepEqual([...texts], first);
  });
});

describe("what an operation waits at", () => {
  it("has a number, what lies in it, and who stands in line", async () => {
    await run(function* main() {
      const ch = chan<number>(2);
      yield* ch.send(1);
      yield* ch.send(2);
      for (let i = 0; i < 3; i++) go(() => ch.send(3));
      yield* settle();
      const object = objectOf(ch.recv() as never);
      assert.ok(object !== null);
      const { kind, id, label, len, cap, recvq, sendq } = object;
      assert.deepEqual(
        { kind, label, len, cap, recvq, sendq },
        { kind: "chan", label: `chan#${id}`, len: 2, cap: 2, recvq: 0, sendq: 3 },
      );
      assert.equal(objectOf(ch.recv() as never)?.id, id);
      assert.notEqual(objectOf(chan().recv() as never)?.id, id);
      assert.equal(objectOf(sleep(1) as never), null);
      assert.equal(objectOf(select({ a: ch.recv() }) as never), null);
      for (let i = 0; i < 5; i++) yield* ch.recv();
    });
  });
});
