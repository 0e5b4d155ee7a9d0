/**
 * What can be listened on and dialed: checked at the call, and told with its stack, when the operation is waited for.
 */
import { describe, InvalidNumberError, InvalidOptionError } from "../base/errors.ts";

const LISTEN_OPTIONS: ReadonlySet<string> = new Set(["port", "host", "path", "backlog", "tls", "reusePort"]);
const DIAL_OPTIONS: ReadonlySet<string> = new Set(["port", "host", "path", "tls", "ctx"]);
/** What a TLS server can have its certificate from. */
const CREDENTIALS = ["cert", "pfx", "secureContext", "SNICallback"];
const HIGHEST_PORT = 65_535;
/** How many bytes the path of a Unix socket may have; the system would use another one without a word. */
const LONGEST_PATH = process.platform === "linux" ? 107 : 103;

interface Target {
  readonly port?: unknown;
  readonly host?: unknown;
  readonly path?: unknown;
  readonly backlog?: unknown;
  readonly tls?: unknown;
  readonly reusePort?: unknown;
}

/** Checks the options of `listen`. */
export function checkListen(what: string, options: unknown, more: readonly string[] = []): void {
  checkNames(what, options, LISTEN_OPTIONS, more);
  const target = options as Target;
  checkPlace(what, target, 0);
  const { backlog, tls, reusePort } = target;
  if (reusePort !== undefined && typeof reusePort !== "boolean") {
    throw new InvalidOptionError(`${what}: reusePort is true or false, got ${describe(reusePort)}`);
  }
  if (reusePort === true && !hasReusePort(process.versions.node)) {
    throw new InvalidOptionError(
      `${what}: reusePort needs Node 22.12 or later, or 23.1 or later; this is ${process.version}`,
    );
  }
  if (backlog !== undefined && !(Number.isInteger(backlog) && (backlog as number) > 0)) {
    throw new InvalidNumberError(`${what}: backlog is an integer of at least 1, got ${describe(backlog)}`);
  }
  if (
    tls !== undefined &&
    !(typeof tls === "object" && tls !== null && CREDENTIALS.some((name) => name in tls))
  ) {
    throw new InvalidOptionError(
      `${what}: tls is an object with key and cert, as for tls.createServer, got ${describe(tls)}`,
    );
  }
}

/** Checks the option `cores` of a `serve`. */
export function checkCores(cores: unknown): void {
  if (cores !== undefined && cores !== "all" && !(Number.isInteger(cores) && (cores as number) >= 1)) {
    throw new InvalidOptionError(`serve: cores is "all" or an integer of at least 1, got ${describe(cores)}`);
  }
}

/** Checks the options of `dial`. */
export function checkDial(options: unknown): void {
  checkNames("dial", options, DIAL_OPTIONS, []);
  const target = options as Target;
  if (target.port === undefined && target.path === undefined) {
    throw new InvalidOptionError("dial needs a port or a path");
  }
  checkPlace("dial", target, 1);
  const { tls } = target;
  if (tls !== undefined && tls !== true && tls !== false && (typeof tls !== "object" || tls === null)) {
    throw new InvalidOptionError(
      `dial: tls is true, or an object of options as for tls.connect, got ${describe(tls)}`,
    );
  }
}

function checkNames(
  what: string,
  options: unknown,
  known: ReadonlySet<string>,
  more: readonly string[],
): asserts options is object {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError(`${what} needs an object of options, got ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.has(name) && !more.includes(name)) {
      throw new InvalidOptionError(
        `${what}: there is no option "${name}" (${[...known, ...more].join(", ")})`,
      );
    }
  }
}

function checkPlace(what: string, { port, host, path }: Target, lowest: number): void {
  if (port !== undefined && !(Number.isInteger(port) && isBetween(port as number, lowest, HIGHEST_PORT))) {
    throw new InvalidNumberError(
      `${what}: port is an integer from ${lowest} to ${HIGHEST_PORT}, got ${describe(port)}`,
    );
  }
  if (path !== undefined && (typeof path !== "string" || path === "")) {
    throw new InvalidOptionError(`${what}: path is the path of a Unix socket, got ${describe(path)}`);
  }
  if (typeof path === "string" && process.platform !== "win32") checkPath(what, path);
  if (host !== undefined && typeof host !== "string") {
    throw new InvalidOptionError(`${what}: host is a name or an address, got ${describe(host)}`);
  }
  if (path !== undefined && (port !== undefined || host !== undefined)) {
    throw new InvalidOptionError(`${what}: a path goes without port and host`);
  }
}

function checkPath(what: string, path: string): void {
  if (path.includes("\0")) {
    throw new InvalidOptionError(`${what}: path has a NUL in it`);
  }
  const length = Buffer.byteLength(path);
  if (length > LONGEST_PATH) {
    throw new InvalidOptionError(
      `${what}: the path of a Unix socket has at most ${LONGEST_PATH} bytes, this one has ${length}`,
    );
  }
}

/** Older versions do not know the option, and pass over it in silence. */
export function hasReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 22 ? minor >= 12 : major === 23 ? minor >= 1 : major > 23;
}

function isBetween(n: number, least: number, most: number): boolean {
  return n >= least && n <= most;
}
