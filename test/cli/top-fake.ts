/**
 * A program to look at that is none: states as they are wanted, and a server that answers as an observer does.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type {
  Ended,
  GoroutineDetail,
  GoroutineRow,
  GroupRow,
  ProcRow,
  StateReply,
} from "#src/web/protocol.ts";

export const TOKEN = "6f9a0c0e7d1b4c2f8a3e5d7c9b1f0e2d";

export function proc(id: number, more: Partial<ProcRow> = {}): ProcRow {
  return {
    id,
    machine: id,
    status: "running",
    running: 17 + id,
    runningName: "worker",
    sliceMs: 0.2,
    runq: 0,
    timers: 0,
    ticks: 0,
    busyMs: 0,
    stolen: 0,
    toldMsAgo: 100,
    ...more,
  };
}

export function group(count: number, more: Partial<GroupRow> = {}): GroupRow {
  return {
    count,
    state: "waiting",
    reason: "chan receive",
    name: "worker",
    waitsOn: "chan#1",
    where: "src/main.ts:6",
    example: 12,
    longestSeconds: 130,
    ...more,
  };
}

export function row(id: number, more: Partial<GoroutineRow> = {}): GoroutineRow {
  return {
    id,
    name: "worker",
    state: "waiting",
    reason: "chan receive",
    waitedSeconds: 0,
    proc: 0,
    parent: 1,
    creator: "main",
    where: "src/main.ts:6",
    waitsOn: "chan#1",
    ...more,
  };
}

/** A program with two processors, three seconds after it began. */
export function state(more: Partial<StateReply> = {}): StateReply {
  return {
    format: 1,
    now: 3000,
    pid: 4242,
    program: "server.ts",
    path: "/home/a/server.ts",
    node: "v22.0.0",
    gort: "0.1.0",
    gomaxprocs: 2,
    upMs: 3000,
    ended: null,
    totals: {
      goroutines: 1012,
      created: 50_000,
      ended: 48_988,
      running: 2,
      runnable: 14,
      waiting: 992,
      syscall: 4,
      blocked: { sleep: 12, "chan receive": 980 },
      timers: 12,
      steals: 300,
      longSlices: 1,
      queued: 0,
      ticks: 200_000,
    },
    procs: [
      proc(0, { runq: 9, ticks: 81_200, busyMs: 910 }),
      proc(1, {
        runq: 5,
        ticks: 2000,
        busyMs: 640,
        running: 3,
        runningName: "parse",
        sliceMs: 1800,
        stolen: 4100,
      }),
    ],
    goroutines: [row(12, { waitedSeconds: 130 }), row(3, { state: "running", reason: "", name: "parse" })],
    fitting: 1012,
    groups: [
      group(980),
      group(31, {
        reason: "chan send",
        name: "fetch",
        waitsOn: "chan#2",
        where: "src/net.ts:12",
        example: 31,
        longestSeconds: 8,
      }),
      group(1, {
        state: "running",
        reason: "",
        name: "parse",
        waitsOn: "",
        where: "src/parse.ts:88",
        example: 3,
        longestSeconds: 0,
      }),
    ],
    channels: [
      {
        label: "chan#1",
        kind: "chan",
        proc: 0,
        length: 0,
        capacity: 64,
        closed: false,
        receivers: [12, 13],
        receiverCount: 980,
        senders: [],
        senderCount: 0,
        stuckMs: 0,
      },
      {
        label: "chan#2",
        kind: "shared chan",
        proc: -1,
        length: 64,
        capacity: 64,
        closed: false,
        receivers: [],
        receiverCount: 0,
        senders: [31],
        senderCount: 31,
        stuckMs: 8000,
      },
    ],
    graph: {
      nodes: [
        { goid: 6, name: "get", reason: "sync.Mutex.Lock" },
        { goid: 1, name: "main", reason: "chan send" },
      ],
      edges: [
        { from: 6, to: 1, object: "mutex#4", exact: true },
        { from: 1, to: 6, object: "chan#2", exact: false },
      ],
      cycles: [[6, 1]],
    },
    warnings: [
      {
        level: "hint",
        text: "P1: goroutine 3 (parse) has not yielded for 1.8 s",
        rule: "a slice of more than 100 ms",
      },
      { level: "alarm", text: "goroutines 6 and 1 wait for each other", rule: "exact" },
    ],
    cost: { ratio: 0.001, budget: 0.03, mode: "full", recorded: 1, lost: 0 },
    ...more,
  };
}

/** The same a second before. */
export function before(): StateReply {
  const now = state();
  return {
    ...now,
    now: 2000,
    upMs: 2000,
    totals: { ...now.totals, created: 1900, ended: 888, ticks: 116_800, steals: 300 },
    procs: [proc(0), proc(1)],
  };
}

export function detail(id: number, more: Partial<GoroutineDetail> = {}): GoroutineDetail {
  return {
    ...row(id, { waitedSeconds: 130 }),
    silent: false,
    stack: [
      { fn: "worker", file: "src/main.ts", line: 6, column: 11 },
      { fn: "", file: "src/main.ts", line: 14, column: 3 },
    ],
    created: { fn: "main", file: "src/main.ts", line: 14, column: 3 },
    holds: ["mutex#2"],
    wokenBy: 1,
    wokenAt: 2000,
    ranAt: 2500,
    ranMs: 0.4,
    ...more,
  };
}

export interface Fake {
  /** With its token. */
  readonly url: string;
  readonly port: number;
  /** What was asked, in order. */
  readonly asked: readonly string[];
  /** Ends as a program does: whoever waits for the end hears of it, then nobody listens. */
  end(ended: Ended): Promise<void>;
  close(): Promise<void>;
}

/** Serves `states` one after the other, the last for ever; `onAsk` hears of each look. */
export async function fake(
  states: readonly StateReply[],
  options: {
    readonly onAsk?: (looks: number) => void;
    readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
  } = {},
): Promise<Fake> {
  const asked: string[] = [];
  const waiting: ServerResponse[] = [];
  let waits: () => void = () => {};
  const hasWaiter = new Promise<void>((resolve) => {
    waits = resolve;
  });
  let looks = 0;
  const last = (): StateReply => states[Math.min(looks, states.length) - 1] ?? (states[0] as StateReply);
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    if (options.instead?.(request, response)) return;
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end();
      return;
    }
    asked.push(url);
    if (url.startsWith("/api/state?")) {
      looks++;
      response.end(JSON.stringify(last()));
      options.onAsk?.(looks);
    } else if (url === "/api/goroutine?id=12") response.end(JSON.stringify(detail(12)));
    else if (url === "/api/end") {
      waiting.push(response);
      waits();
    } else response.writeHead(404).end();
  });
  const port = await listening(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}/#token=${TOKEN}`,
    port,
    asked,
    async end(ended) {
      await hasWaiter;
      const sent = waiting.map((response) => {
        return new Promise<void>((resolve) => {
          response.end(JSON.stringify({ ...ended, state: { ...last(), ended } }), () => resolve());
        });
      });
      await Promise.all(sent);
      await close();
    },
    close,
  };
}

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
