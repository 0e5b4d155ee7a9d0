/**
 * What the observer makes of what threads tell it and of the books: over real HTTP, with threads that a test plays.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { clock } from "#src/runtime/clock.ts";
import { Kind } from "#src/trace/events.ts";
import type { EndReply, GoroutineDetail, GoroutineRow, StateReply } from "#src/web/protocol.ts";
import { LaneMark } from "#src/web/protocol.ts";
import { FakeHome, FakeRing, frame, Observed, ran, readLanes } from "./observed.ts";

const MS = 10_000;

function row(id: number, more: Partial<GoroutineRow> = {}): GoroutineRow {
  return {
    id,
    name: `fn${id}`,
    state: "waiting",
    reason: "chan receive",
    waitedSeconds: id,
    proc: 0,
    parent: 1,
    creator: "main",
    where: "",
    waitsOn: "chan#1",
    ...more,
  };
}

let home: FakeHome;
let observed: Observed;

beforeEach(async () => {
  home = new FakeHome(2);
  observed = await new Observed(home).listen();
});
afterEach(() => observed.close());

describe("/api/state", () => {
  it("tells what the books say while no thread has told anything", async () => {
    home.set(0, {
      goroutines: 5,
      created: 9,
      steps: 100,
      busyMs: 40,
      stolen: 2,
      runq: 3,
      timers: 1,
      longSlices: 4,
    });
    home.set(1, { goroutines: 1, created: 1, steps: 10, busyMs: 2, stolen: 1 });
    home.set(0, { since: Math.max(1, Math.floor(clock.read()) - 5000), running: 8 });
    const state = await observed.json<StateReply>("/api/state");
    const { goroutines, created, ended, running, runnable, waiting, steals, timers, ticks, longSlices } =
      state.totals;
    assert.deepEqual(
      [goroutines, created, ended, running, runnable, waiting, steals, timers, ticks, longSlices],
      [6, 10, 4, 1, 3, 2, 3, 1, 110, 4],
    );
    assert.deepEqual(
      [state.format, state.pid, state.program, state.path],
      [1, 7, "program.ts", "/some/where/program.ts"],
    );
    const [first, second] = state.procs;
    assert.deepEqual([first?.status, first?.running, first?.runq, first?.toldMsAgo], ["running", 8, 3, -1]);
    assert.ok((first?.sliceMs ?? 0) > 0 && (first?.busyMs ?? 0) > 40);
    assert.deepEqual([second?.status, second?.running, second?.sliceMs, second?.machine], ["idle", 0, 0, 1]);
    assert.equal(state.gomaxprocs, 2);
    assert.equal(state.ended, null);
  });

  it("puts together what threads have told: rows sorted and cut, equal groups summed up, channels once", async () => {
    const [one, two] = [observed.thread(0), observed.thread(1)];
    await observed.json("/api/state?sort=wait&limit=3");
    const { query } = await one.next("watch", (asked) => asked.query !== null);
    assert.deepEqual(query, { sort: "wait", limit: 3 });
    home.set(0, { goroutines: 4 });
    home.set(1, { goroutines: 3 });
    const group = {
      state: "waiting",
      reason: "chan receive",
      name: "worker",
      waitsOn: "chan#1",
      where: "",
    } as const;
    const channel = {
      label: "chan#1",
      kind: "shared chan",
      proc: 0,
      length: 0,
      capacity: 4,
      closed: false,
      senders: [],
      senderCount: 0,
      stuckMs: 10,
    } as const;
    one.say({
      kind: "frame",
      frame: frame(0, {
        goroutines: [row(1), row(5), row(3)],
        fitting: 4,
        groups: [
          { ...group, count: 3, example: 1, longestSeconds: 5 },
          { ...group, name: "x", count: 1, example: 9, longestSeconds: 5 },
        ],
        channels: [
          { ...channel, receivers: [1, 5], receiverCount: 2 },
          { ...channel, label: "chan#12", kind: "chan", receivers: [], receiverCount: 0 },
        ],
        graph: { nodes: [{ goid: 1, name: "fn1", reason: "sync.Mutex.Lock" }], edges: [], cycles: [[1, 5]] },
        states: [0, 1, 3, 0],
        blocked: { "chan receive": 3 },
        cost: 0.05,
      }),
    });
    two.say({
      kind: "frame",
      frame: frame(1, {
        goroutines: [row(2), row(9)],
        fitting: 3,
        groups: [{ ...group, count: 2, example: 2, longestSeconds: 9 }],
        channels: [
          { ...channel, receivers: [2, 9], receiverCount: 2, stuckMs: 20 },
          { ...channel, label: "chan#3", kind: "chan", proc: 1, receivers: [], receiverCount: 0 },
        ],
        graph: { nodes: [], edges: [], cycles: [[5, 1]] },
        states: [1, 0, 2, 0],
        blocked: { "chan receive": 1, sleep: 1 },
        cost: 0.03,
        recorded: 0.1,
      }),
    });
    await observed.heard(one);
    const state = await observed.json<StateReply>("/api/state?sort=wait&limit=3");
    assert.deepEqual(
      state.goroutines.map(({ id }) => id),
      [9, 5, 3],
    );
    assert.equal(state.fitting, 7);
    assert.deepEqual(
      state.groups.map(({ name, count, example, longestSeconds }) => [name, count, example, longestSeconds]),
      [
        ["worker", 5, 2, 9],
        ["x", 1, 9, 5],
      ],
    );
    assert.deepEqual(
      state.channels.map(({ label, receivers, receiverCount, stuckMs }) => [
        label,
        receivers.length,
        receiverCount,
        stuckMs,
      ]),
      [
        ["chan#1", 4, 4, 20],
        ["chan#3", 0, 0, 10],
        ["chan#12", 0, 0, 10],
      ],
    );
    const { running, runnable, waiting, blocked } = state.totals;
    assert.deepEqual([running, runnable, waiting, blocked], [1, 1, 5, { "chan receive": 4, sleep: 1 }]);
    assert.deepEqual(state.graph.cycles, [[5, 1]]);
    assert.ok(state.procs.every(({ toldMsAgo }) => toldMsAgo >= 0));
    assert.deepEqual([state.cost.ratio, state.cost.budget, state.cost.mode], [0.04, 0.03, "counters"]);
    const alarms = state.warnings.filter(({ level }) => level === "alarm");
    assert.deepEqual(
      alarms.map(({ text }) => text),
      ["2 goroutines wait for each other in a circle: goroutine 5 (fn5), goroutine 1 (fn1)"],
    );
    assert.ok(state.warnings.some(({ text }) => /being watched costs 4\.0 %/.test(text)));
    // A machine that has ended has no goroutines, whatever it told.
    home.set(1, { life: 4 });
    const rest = await observed.json<StateReply>("/api/state?sort=id");
    assert.deepEqual(
      rest.goroutines.map(({ id }) => id),
      [1, 3, 5],
    );
    assert.equal(rest.procs[1]?.machine, -1);
  });

  it("asks threads for what all who look can be answered from", async () => {
    const one = observed.thread(0);
    await observed.json("/api/state?filter=state:waiting&limit=10");
    await one.next("watch", ({ query }) => query?.filter === "state:waiting" && query.limit === 10);
    await observed.json("/api/state?filter=fn:fn2&limit=20");
    const both = await one.next("watch", ({ query }) => query?.limit === 20);
    assert.deepEqual(both.query, { limit: 20 });
    one.say({
      kind: "frame",
      frame: frame(0, { goroutines: [row(1), row(2, { state: "runnable", reason: "" })], fitting: 2 }),
    });
    await observed.heard(one);
    const waiting = await observed.json<StateReply>("/api/state?filter=state:waiting&limit=10");
    assert.deepEqual([waiting.goroutines.map(({ id }) => id), waiting.fitting], [[1], 1]);
    const second = await observed.json<StateReply>("/api/state?filter=fn:fn2&limit=20");
    assert.deepEqual([second.goroutines.map(({ id }) => id), second.fitting], [[2], 1]);
  });

  it("greets a thread that has come later, once", async () => {
    const one = observed.thread(0);
    await observed.json("/api/state");
    await one.next("watch", ({ query }) => query !== null);
    assert.equal(one.heard.filter((asked) => asked.kind === "watch" && asked.query !== null).length, 0);
    const ring = new FakeRing();
    one.hello(ring);
    await one.next("watch", ({ query }) => query !== null);
    one.hello(ring);
    await observed.heard(one);
    assert.equal(
      one.heard.filter((asked) => asked.kind === "watch").length,
      0,
      "a hello that answers is not answered",
    );
  });
});

describe("warnings", () => {
  it("say who has not yielded, as a hint", async () => {
    home.set(1, { since: Math.max(1, Math.floor(clock.read()) - 100), running: 3 });
    const one = observed.thread(1);
    one.say({
      kind: "frame",
      frame: frame(1, { goroutines: [row(3, { name: "parse", state: "running", reason: "" })] }),
    });
    await observed.heard(one);
    home.set(1, { since: 1 });
    const { warnings } = await observed.json<StateReply>("/api/state");
    const [slice] = warnings.filter(({ proc }) => proc === 1);
    assert.match(slice?.text ?? "", /^P1: goroutine 3 \(parse\) has not yielded for \d/);
    assert.deepEqual([slice?.level === "alarm", slice?.goroutine], [false, 3]);
    assert.match(slice?.rule ?? "", /Wrong if/);
  });
});

describe("/api/lanes", () => {
  it("asks for events, drains the rings and names marks by texts", async () => {
    const one = observed.thread(0);
    const ring = new FakeRing();
    const from = Math.floor(clock.read());
    await observed.get(`/api/lanes?from=${from}&to=${from + 1000}&width=100`);
    await one.next("watch", ({ events }) => events);
    one.hello(ring);
    one.say({ kind: "names", first: 4, names: ["a region", "a message"] });
    await observed.heard(one);
    ring.write(
      [Kind.log, (from + 1) * MS, 7, 5, 0, 4],
      [Kind.unblock, (from + 2) * MS, 7, 3],
      ran((from + 10) * MS, (from + 30) * MS, 7, 1, 1),
    );
    const { body, headers } = await observed.get(
      `/api/lanes?from=${from}&to=${from + 1000}&width=100&goroutines=7`,
    );
    assert.equal(headers["content-type"], "application/octet-stream");
    const { lanes, ...window } = readLanes(body);
    assert.deepEqual([window.from, window.to], [from, from + 1000]);
    assert.deepEqual(
      lanes.map(({ kind, id }) => [kind, id]),
      [
        [0, 0],
        [0, 1],
        [1, 7],
      ],
    );
    assert.deepEqual(
      lanes[0]?.spans.map(({ begin, end, goroutine }) => [begin / MS, end / MS, goroutine]),
      [[10, 30, 7]],
    );
    const { names } = await observed.json<{ names: string[] }>("/api/names");
    assert.deepEqual(lanes[0]?.marks, [[MS, LaneMark.note, names.indexOf("a message"), 7]]);
    assert.equal(lanes[2]?.spans[0]?.state, 2);
    assert.deepEqual(await observed.json("/api/names?from=1"), { first: 1, names: [] });
    const { cost } = await observed.json<StateReply>("/api/state");
    assert.equal(cost.lost, 0);
  });
});

describe("questions to threads", () => {
  const found = { ...row(7), stack: [], created: null, holds: ["mutex#1"] };

  it("/api/goroutine has what its thread says, and what was seen of it", async () => {
    const [one, two] = [observed.thread(0), observed.thread(1)];
    const detail = observed.json<GoroutineDetail>("/api/goroutine?id=7");
    const { ask, id } = await two.next("goroutine");
    assert.equal(id, 7);
    // The other one does not answer, and is not waited for.
    two.say({ kind: "goroutine", ask, found });
    const { silent, holds, wokenBy, ranAt } = await detail;
    assert.deepEqual([silent, holds, wokenBy, ranAt], [false, ["mutex#1"], -1, -1]);
    await one.next("goroutine");
  });

  it("/api/goroutine tells none from one whose thread is silent", async () => {
    const [one, two] = [observed.thread(0), observed.thread(1)];
    const none = observed.get("/api/goroutine?id=8");
    for (const thread of [one, two])
      thread.say({ kind: "goroutine", ask: (await thread.next("goroutine")).ask, found: null });
    assert.equal((await none).status, 404);
    two.say({ kind: "frame", frame: frame(1, { goroutines: [row(7)] }) });
    // Thread two hears nothing from here on.
    const silent = observed.json<GoroutineDetail>("/api/goroutine?id=7");
    one.say({ kind: "goroutine", ask: (await one.next("goroutine")).ask, found: null });
    assert.deepEqual([(await silent).silent, (await silent).name, (await silent).stack], [true, "fn7", []]);
    const unknown = observed.get("/api/goroutine?id=9");
    one.say({ kind: "goroutine", ask: (await one.next("goroutine")).ask, found: null });
    assert.equal((await unknown).status, 503);
  });

  it("/api/dump and /api/trace are files that a thread makes", async () => {
    const one = observed.thread(0);
    for (const [path, type, name] of [
      ["/api/dump", /^text\/plain/, "goroutines.txt"],
      ["/api/dump?format=json", /^application\/json/, "goroutines.json"],
      ["/api/dump?format=pprof", /^application\/octet-stream/, "goroutines.pb.gz"],
    ] as const) {
      const answer = observed.get(path);
      const { ask, format } = await one.next("stacks");
      one.say({ kind: "file", ask, data: `as ${format}` });
      const { status, headers, text } = await answer;
      assert.equal(status, 200);
      assert.match(headers["content-type"] as string, type);
      assert.equal(headers["content-disposition"], `attachment; filename="${name}"`);
      assert.match(text, /^as (?:text|json|pprof)$/);
    }
    const answer = observed.get("/api/trace?seconds=2.5");
    const { ask, seconds } = await one.next("last");
    assert.equal(seconds, 2.5);
    one.say({ kind: "file", ask, data: new Uint8Array([1, 2, 3]) });
    assert.deepEqual([...(await answer).body], [1, 2, 3]);
    const { status, text } = await observed.get("/api/dump");
    assert.equal(status, 503);
    assert.match(text, /^silent: /);
  });

  it("/metrics has Prometheus's text, from the books and the threads' counts", async () => {
    home.set(0, { goroutines: 5, created: 9, steps: 100, runq: 3 });
    const [one, two] = [observed.thread(0), observed.thread(1)];
    const answer = observed.get("/metrics");
    await one.next("watch", ({ query }) => query !== null);
    await two.next("watch", ({ query }) => query !== null);
    one.say({
      kind: "frame",
      frame: frame(0, { states: [1, 1, 3, 0], blocked: { sleep: 2, "select (no cases)": 1 } }),
    });
    two.say({ kind: "frame", frame: frame(1) });
    const { text, headers } = await answer;
    assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    for (const line of [
      "gort_sched_gomaxprocs_threads 2",
      "gort_sched_goroutines_goroutines 5",
      "gort_sched_goroutines_created_goroutines_total 9",
      "gort_sched_goroutines_waiting_goroutines 3",
      'gort_sched_blocked_goroutines{reason="sleep"} 2',
      'gort_sched_blocked_goroutines{reason="select-no-cases"} 1',
      'gort_sched_runq_goroutines{p="0"} 3',
      'gort_sched_ticks_by_p_total{p="0"} 100',
    ])
      assert.ok(text.split("\n").includes(line), line);
  });
});

describe("the end", () => {
  it("is told to those who wait, before the thread goes on; later to those who ask", async () => {
    const one = observed.thread(0);
    const waiting = [observed.json<EndReply>("/api/end"), observed.json<EndReply>("/api/end")];
    // Requests are handled in the order in which they come.
    await observed.json("/api/state");
    const heard = new SharedArrayBuffer(4);
    const ended = {
      kind: "deadlock",
      code: 2,
      message: "all goroutines are asleep - deadlock!",
      dump: "goroutine 1",
    } as const;
    one.say({ kind: "ended", ended, frame: frame(0, { goroutines: [row(1)] }), heard });
    for (const reply of await Promise.all(waiting)) {
      assert.deepEqual([reply.kind, reply.code, reply.message, reply.dump], Object.values(ended));
      assert.deepEqual(
        reply.state.goroutines.map(({ id }) => id),
        [1],
      );
      assert.deepEqual(reply.state.ended, ended);
    }
    await wordSet(heard);
    assert.equal((await observed.json<EndReply>("/api/end")).kind, "deadlock");
    assert.equal((await observed.json<StateReply>("/api/state")).ended?.code, 2);
  });
});

/** Resolves when the first word is 1. */
async function wordSet(shared: SharedArrayBuffer): Promise<void> {
  const words = new Int32Array(shared);
  while (Atomics.load(words, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
}
