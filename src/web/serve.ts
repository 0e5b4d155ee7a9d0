/**
 * Starts the observer: a thread that shows this program's scheduler as a page, `trace.serve()` and `gort run --ui`.
 *
 * It keeps no process alive, prints nothing, and needs gort's own files beside this one: in a program that was bundled into one file there is nothing to start the thread from.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, InvalidOptionError, ObserverError } from "../base/errors.ts";
import { secretToken } from "../base/rand.ts";
import { callerUrl } from "../portable/identity.ts";
import { keepShared } from "../runtime/account.ts";
import { present } from "../runtime/presence.ts";
import { p } from "../runtime/processor.ts";
import { cores } from "../runtime/remote.ts";
import { VERSION } from "../runtime/singleton.ts";
import { self } from "../shm/lock.ts";
import { home } from "../shm/region.ts";
import { observeBudget } from "../trace/burst.ts";
import { observe, unobserve } from "../trace/switch.ts";
import type { ObserverNote, ObserverTells } from "./observer/main.ts";

/** Where {@link startObserver} listens. */
export interface ServeOptions {
  /** 0, as unless told: any that is free. */
  readonly port?: number;
  /** 127.0.0.1 unless told; also ::1 or localhost. */
  readonly host?: string;
}

/** A running observer. */
export interface Serving {
  /** The page, with its token: whoever knows it sees the program. */
  readonly url: string;
  /** Ends it. */
  close(): Promise<void>;
}

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

const NOT_HERE: Serving = { url: "", close: async () => {} };

/** The one that runs. */
let running: { readonly port: number; readonly host: string; readonly serving: Promise<Serving> } | null =
  null;

/**
 * Starts the live page of this program. Waits until it listens.
 *
 * There is one in a process: a second call with the same options, or none, gives the same.
 *
 * @throws InvalidOptionError (`GORT_INVALID_OPTION`), ObserverError (`GORT_OBSERVER`): the port is in use, the host is not this machine's own, or gort's files are not there
 */
export async function startObserver(options: ServeOptions = {}): Promise<Serving> {
  const { port, host } = checkOptions(options);
  if (running !== null) {
    const isSame =
      (port === 0 || port === running.port) && (options.host === undefined || host === running.host);
    if (isSame) return running.serving;
    const { url } = await running.serving;
    throw new ObserverError(
      `trace.serve: it is served already, at ${new URL(url).host}; close that one first`,
    );
  }
  // A core that reads the program only for its portable functions comes by here as well.
  if (cores.runReached !== null && p.slot === 0) return NOT_HERE;
  if (self.machine !== 0) throw new ObserverError("trace.serve: it is called on the program's first thread");
  const serving = start(host, port);
  const mine = { port, host, serving };
  running = mine;
  serving.catch(() => {
    if (running === mine) running = null;
  });
  return serving;
}

function checkOptions(options: ServeOptions): { port: number; host: string } {
  if (typeof options !== "object" || options === null)
    throw new InvalidOptionError(`trace.serve: the options are an object, got ${describe(options)}`);
  for (const name of Object.keys(options)) {
    if (name !== "port" && name !== "host")
      throw new InvalidOptionError(`trace.serve: there is no option "${name}" (port, host)`);
  }
  const { port = 0, host = LOOPBACK[0] as string } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidOptionError(`trace.serve: port is an integer from 0 to 65535, got ${describe(port)}`);
  if (typeof host !== "string" || host === "")
    throw new InvalidOptionError(`trace.serve: host is a name or an address, got ${describe(host)}`);
  if (!LOOPBACK.includes(host) && process.env["GORT_OBSERVE_DANGEROUS"] !== "1") {
    throw new ObserverError(
      `trace.serve: ${host} may be reached by others, who could read the program; only 127.0.0.1, ::1 and localhost are served (GORT_OBSERVE_DANGEROUS=1 allows it)`,
    );
  }
  return { port, host };
}

async function start(host: string, port: number): Promise<Serving> {
  const [file, page] = ["./web/observer/main.js", "./web/page/"].map((path) => ownFile(path)) as [
    string,
    string,
  ];
  keepShared(self.machine);
  const token = secretToken();
  const key = secretToken();
  const note: ObserverNote = {
    isObserver: true,
    key,
    home: home().shared,
    token,
    host,
    port,
    page,
    keeps: false,
    program: {
      pid: process.pid,
      path: process.argv[1] ?? "",
      node: process.version,
      gort: VERSION,
      budget: observeBudget(),
      // The clock counts from when the process began.
      startedMs: 0,
    },
  };
  const worker = new Worker(file, {
    workerData: note,
    name: "gort observer",
    // Nothing of the program's: neither its loaders nor what it preloads.
    execArgv: [],
    env: {},
  });
  const told = await new Promise<ObserverTells>((resolve) => {
    worker.once("message", resolve);
    worker.on("error", (error) => resolve({ failed: String(error), code: "" }));
    worker.once("exit", () => resolve({ failed: "its thread has ended", code: "" }));
  });
  if ("failed" in told) {
    await worker.terminate();
    throw new ObserverError(`trace.serve: ${reason(told, host, port)}`);
  }
  worker.unref();
  observe(key);
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  void gone.then(() => {
    if (running?.serving !== serving) return;
    running = null;
    present({ url: null });
    unobserve();
  });
  const at = host.includes(":") ? `[${host}]` : host;
  const handle: Serving = {
    url: `http://${at}:${told.port}/#token=${token}`,
    close: () => {
      worker.ref();
      worker.postMessage("close");
      return gone;
    },
  };
  const serving = running?.serving;
  // Where gort top looks for programs.
  present({ url: handle.url });
  return handle;
}

function reason({ failed, code }: { failed: string; code: string }, host: string, port: number): string {
  if (code === "EADDRINUSE") return `port ${port} of ${host} is in use; take another one, or 0 for any`;
  if (code === "EACCES") return `port ${port} of ${host} is not permitted`;
  return failed;
}

function selfFile(): string | undefined {
  return callerUrl(selfFile);
}

/** A file of gort's, beside the one that this code is in. */
function ownFile(path: string): string {
  const here = SELF.startsWith("file:") ? fileURLToPath(new URL(path, SELF)) : "";
  if (path.endsWith(".js") && !existsSync(here))
    throw new ObserverError(
      "trace.serve: gort's own files are not there: a program in one file has no observer; keep gort out of the bundle (external)",
    );
  return here;
}

/** Not import.meta.url, which some bundlers set to the source's place. */
const SELF: string = selfFile() ?? "";
