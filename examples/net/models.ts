/**
 * One workload, five ways to wait: N slow downloads at once from a server in a process of its own, which sends 64 KiB in eight pieces, 12 ms apart.
 *
 *   thread per job   a worker thread for each, which waits for its response and does nothing else
 *   thread pool      eight worker threads and a queue; a job waits for a free thread before it even begins
 *   busy poll        one loop that asks every connection again and again whether something is there
 *   callbacks        Node's main loop calls a function for each piece
 *   goroutines       a goroutine for each, written like the thread and scheduled like the callbacks
 *
 * Each row is a process of its own. `threads` are those that run JavaScript (each process has a few more for Node itself), `memory` is the most that the process ever held
 * (the first row says what a process holds that downloads nothing), `CPU` the time that all its threads have computed.
 *
 * Who parks where: a goroutine in `read`, until the next piece is there: its whole cost while it waits is its generator and its connection. main in the wait for one
 * row's process after the other.
 *
 *   gort run examples/net/models.ts [--quick]
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Goroutine, gosched, WaitGroup, wait } from "gort";
import { type Conn, dial } from "gort/net";

const BYTES = 65_536;
const POOL = 8;
/** A thread takes megabytes and milliseconds: nobody wants to see a thousand. */
const MOST_THREADS = 100;
const HOST = "127.0.0.1";

/** Downloads `count` responses; gives how many bytes came and how many threads ran. */
type Model = (count: number, port: number) => Goroutine<{ bytes: number; threads: number }>;

const SERVER = `
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      let left = 8;
      const timer = setInterval(() => {
        socket.write(Buffer.alloc(${BYTES / 8}));
        if (--left === 0) { clearInterval(timer); socket.end(); }
      }, 12);
      socket.once("close", () => clearInterval(timer));
    });
  });
  server.listen({ port: 0, host: "${HOST}", backlog: 1000 }, () => console.log(server.address().port));
  process.stdin.on("end", () => process.exit()).resume();`;

/** A thread: one response for each message. */
const THREAD = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { connect } = require("node:net");
  parentPort.on("message", () => {
    let bytes = 0;
    const socket = connect(workerData, "${HOST}", () => socket.write("go"));
    socket.on("data", (piece) => { bytes += piece.length; });
    socket.on("error", (error) => { throw error; });
    socket.on("close", () => parentPort.postMessage(bytes));
  });`;

function* threads(count: number, port: number, size: number): Goroutine<{ bytes: number; threads: number }> {
  let bytes = 0;
  let waiting = count;
  const work = (done: () => void, failed: (error: Error) => void): void => {
    const worker = new Worker(THREAD, { eval: true, workerData: port });
    const next = (): void => {
      if (waiting-- > 0) worker.postMessage("next");
      else void worker.terminate().then(done);
    };
    worker.on("error", failed);
    worker.on("message", (received: number) => {
      bytes += received;
      next();
    });
    next();
  };
  yield* wait(Promise.all(Array.from({ length: size }, () => new Promise<void>(work))));
  return { bytes, threads: 1 + size };
}

function* download(port: number): Goroutine<number> {
  const conn = yield* dial({ host: HOST, port });
  try {
    yield* conn.write("go");
    const buf = new Uint8Array(BYTES / 8);
    let bytes = 0;
    for (let n = yield* conn.read(buf); n > 0; n = yield* conn.read(buf)) bytes += n;
    return bytes;
  } finally {
    conn.close();
  }
}

const MODELS: Readonly<Record<string, Model>> = {
  "thread per job": (count, port) => threads(count, port, count),
  "thread pool": (count, port) => threads(count, port, Math.min(POOL, count)),
  *"busy poll"(count, port) {
    const open = new Set<Conn>();
    for (let i = 0; i < count; i++) {
      const conn = yield* dial({ host: HOST, port });
      conn.tryWrite("go");
      open.add(conn);
    }
    const buf = new Uint8Array(BYTES / 8);
    let bytes = 0;
    while (open.size > 0) {
      for (const conn of open) {
        const n = conn.tryRead(buf);
        if (n === 0) {
          conn.close();
          open.delete(conn);
        }
        bytes += n ?? 0;
      }
      yield* gosched(); // nothing would ever come if the event loop did not turn
    }
    return { bytes, threads: 1 };
  },
  *callbacks(count, port) {
    let bytes = 0;
    const one = (done: () => void, failed: (error: Error) => void): void => {
      const socket = connect(port, HOST, () => socket.write("go"));
      socket.on("data", (piece) => {
        bytes += piece.length;
      });
      socket.on("error", failed);
      socket.on("close", () => done());
    };
    yield* wait(Promise.all(Array.from({ length: count }, () => new Promise<void>(one))));
    return { bytes, threads: 1 };
  },
  *goroutines(count, port) {
    let bytes = 0;
    const wg = new WaitGroup();
    for (let i = 0; i < count; i++) {
      wg.go(function* () {
        const received = yield* download(port); // `bytes += yield* …` would read `bytes` before it waits
        bytes += received;
      });
    }
    yield* wg.wait();
    return { bytes, threads: 1 };
  },
};

interface Row {
  readonly threads: number;
  readonly megabytes: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** In the process of one row: measures, and prints what came out. */
function* measure(model: Model, count: number, port: number): Goroutine {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { bytes, threads } = yield* model(count, port);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  if (bytes !== count * BYTES) throw new Error(`${bytes} bytes have come instead of ${count * BYTES}`);
  const row: Row = { threads, megabytes: peakMemory() / 2 ** 20, wallMs, cpuMs: (user + system) / 1000 };
  console.log(JSON.stringify(row));
}

function peakMemory(): number {
  try {
    // What Linux says of this process alone; the other number may be that of the process that started it.
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Another system.
  }
  return process.resourceUsage().maxRSS * 1024;
}

function startServer(): Promise<{ process: ChildProcess; port: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["-e", SERVER], { stdio: ["pipe", "pipe", "inherit"] });
    child.on("error", reject);
    child.stdout.once("data", (text: Buffer) => resolve({ process: child, port: Number(text.toString()) }));
  });
}

/** Runs a row in a process of its own. */
function runRow(model: string, count: number, port: number): Promise<Row> {
  const command = join(
    dirname(createRequire(import.meta.url).resolve("gort/package.json")),
    "dist/cli/main.js",
  );
  const args = [command, "run", fileURLToPath(import.meta.url), "--row", model, `${count}`, `${port}`];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: 120_000 }, (error, stdout) => {
      if (error) reject(error);
      else resolve(JSON.parse(stdout) as Row);
    });
  });
}

export function* main(): Goroutine {
  const [, , mode, name = "", count, port] = process.argv;
  if (mode === "--row") {
    const model = MODELS[name];
    if (model === undefined) throw new Error(`there is no model ${name}`);
    return yield* measure(model, Number(count), Number(port));
  }
  if (process.argv.length > 3 || (mode !== undefined && mode !== "--quick")) {
    console.error("usage: models.ts [--quick]");
    process.exitCode = 64;
    return;
  }
  const server = yield* wait(startServer());
  try {
    console.log("model            responses  threads   memory     wall      CPU");
    for (const responses of mode === "--quick" ? [0, 10] : [0, 10, 100, 1000]) {
      for (const model of responses === 0 ? ["goroutines"] : Object.keys(MODELS)) {
        const label = model.padEnd(15) + String(responses).padStart(11);
        if (model === "thread per job" && responses > MOST_THREADS) {
          console.log(`${label}        -  not tried: it stops at ${MOST_THREADS} threads`);
          continue;
        }
        const row = yield* wait(runRow(model, responses, server.port));
        const cells = [`${row.megabytes.toFixed(0)} MB`, seconds(row.wallMs), seconds(row.cpuMs)];
        console.log(label + String(row.threads).padStart(9) + cells.map((cell) => cell.padStart(9)).join(""));
      }
    }
  } finally {
    server.process.stdin?.end();
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
