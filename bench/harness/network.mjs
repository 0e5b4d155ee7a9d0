/**
 * How a case with sockets is measured: its server in a fresh process, the load from another, both ended afterwards.
 */
import { execFileSync, spawn } from "node:child_process";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { measure } from "./process.mjs";

const WARM_MS = 1000;
const TIMED_MS = 3000;
const MOST = 3_000_000; // messages in one run, however fast they are
const ANSWER_MS = 60_000;
const SPARE_FILES = 100; // what a process has open besides its connections
const WRK = process.env.WRK || "wrk";
const HELLO = "hello, world\n";

/** A child process that is spoken with in lines; its answers are JSON. */
class Child {
  constructor({ file, args, env }) {
    this.child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.errors = "";
    this.child.stderr.on("data", (data) => (this.errors += data));
    this.child.stdin.on("error", () => {}); // It has ended: the next answer says so.
    this.ended = new Promise((resolve) => this.child.on("close", resolve).on("error", resolve));
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  get pid() {
    return this.child.pid;
  }

  async answer() {
    const late = setTimeout(() => this.child.kill("SIGKILL"), ANSWER_MS);
    const { value, done } = await this.lines.next();
    clearTimeout(late);
    if (done) throw new Error(this.errors.trim().split("\n")[0] || "it ended without an answer");
    const answer = JSON.parse(value);
    if (answer.failed) throw new Error(answer.failed);
    return answer;
  }

  ask() {
    this.child.stdin.write("\n");
    return this.answer();
  }

  async end() {
    this.child.stdin.end();
    const late = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(late);
  }
}

/** The load has one core, so that the server has another. */
const generator = (loader, order) => ({
  ...loader,
  args: [...loader.args, JSON.stringify({ size: 16, ...order })],
  env: { GOMAXPROCS: "1" },
});

const echo = async ({ connections, kind }, server, scale, loader) => {
  const { port } = await server.answer();
  const times = { warmMs: WARM_MS * scale, ms: TIMED_MS * scale, most: MOST };
  const { file, args, env } = generator(loader, { kind, port, connections, pid: server.pid, ...times });
  return await measure(file, args, { env: { ...process.env, ...env } });
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const idle = async ({ connections, kind }, server, scale, loader) => {
  const { port } = await server.answer();
  const hold = async (count) => {
    const load = new Child(generator(loader, { kind, port, connections: count }));
    try {
      await load.answer();
      const weight = await server.ask();
      await load.ask();
      return weight;
    } finally {
      await load.end();
    }
  };
  const count = Math.max(10, Math.round(connections * scale));
  await hold(Math.max(10, Math.round(count / 20)));
  await pause(100); // Until the server has seen that they are gone.
  const before = await server.ask();
  const after = await hold(count);
  return {
    values: { heap: (after.heap - before.heap) / count, rss: (after.rss - before.rss) / count },
  };
};

const page = (port) =>
  new Promise((resolve, reject) => {
    const request = get({ port, host: "127.0.0.1", agent: false }, (response) => {
      let text = "";
      response.on("data", (data) => (text += data));
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
  });

const UNITS = { us: 1, ms: 1e3, s: 1e6 };

/** What wrk prints of itself. */
const wrk = (port, connections, ms) => {
  const seconds = Math.max(1, Math.round(ms / 1000)); // It knows no less.
  const text = execFileSync(
    WRK,
    ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", `http://127.0.0.1:${port}/`],
    { encoding: "utf8", timeout: ANSWER_MS },
  );
  const wrong = /(Socket errors|Non-2xx).*/.exec(text);
  if (wrong !== null) throw new Error(`wrk: ${wrong[0]}`);
  const latency = (percentile) => {
    const [, number, unit] = new RegExp(`${percentile}%\\s+([\\d.]+)(\\w+)`).exec(text);
    return Number(number) * UNITS[unit];
  };
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]), p50: latency(50), p99: latency(99) };
};

const http = async ({ connections }, server, scale) => {
  const { port } = await server.answer();
  const check = async () => {
    const got = await page(port);
    if (got !== HELLO) throw new Error(`wrong page: ${JSON.stringify(got)}`);
  };
  await check();
  wrk(port, connections, WARM_MS * scale);
  const values = wrk(port, connections, TIMED_MS * scale);
  await check();
  return { values };
};

const works = { echo, idle, http };

/** Whether a case is measured here. */
export const isNetwork = ({ kind }) => kind in works;

export const measureNetwork = async (kase, command, scale, loader) => {
  const server = new Child(command);
  try {
    return await works[kase.kind](kase, server, scale, loader);
  } catch (error) {
    return { failed: error.message };
  } finally {
    await server.end();
  }
};

const show = (n) => n.toLocaleString("en");

/** Why a case cannot be run here, or undefined. */
export const obstacle = ({ needs, connections }, scale) => {
  if (connections === undefined) return undefined;
  const files = Math.round(connections * scale) + SPARE_FILES;
  // Node and Go raise the soft limit to the hard one by themselves. Where there is none, or Windows, the report has no number.
  const limit = process.report.getReport().userLimits?.open_files.hard;
  if (limit < files) {
    return `it needs ${show(files)} open files in a process, and the limit (ulimit -Hn) is ${show(limit)}`;
  }
  if (needs === "wrk") {
    try {
      execFileSync(WRK, ["-v"], { stdio: "ignore" });
    } catch (error) {
      // It prints its version and exits with 1.
      if (error.code === "ENOENT") return "no wrk on the PATH and none in the variable WRK";
    }
  }
  return undefined;
};
