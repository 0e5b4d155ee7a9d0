/**
 * digest: the SHA-256 of every file below a folder, as `sha256sum` prints it, hashed on all cores.
 *
 *   gort run examples/digest.ts [--all] [DIR]
 *
 * A bounded pipeline, the pattern that Go programs are made of:
 *
 *   walk --files--> start --> hash, a goroutine for each file, on any core --outcomes--> collect
 *
 * - `hash` is portable: other cores import this file to find it, and run what this one has started and not begun. All else stays here.
 * - The group's limit and the channels' capacities are the backpressure: the walk is never more than 128 files ahead of the hashing, however
 *   large the tree is. A core reads through one buffer, since its goroutines change only where they wait.
 * - Each stage closes what it alone sends on, and ends when its input is closed. `outcomes` has many senders, so whoever waits for them
 *   closes it.
 * - `ctx` ends on Ctrl-C, on every core.
 *
 * Symbolic links are not followed (as `find DIR -type f`), DIR itself excepted. What cannot be read is reported and makes the exit code 1.
 * When stdout is a terminal the ten largest files are shown; `--all` prints every line there, too.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import {
  background,
  type Context,
  chan,
  type Goroutine,
  Group,
  go,
  gosched,
  now,
  portable,
  type RecvChan,
  range,
  runtime,
  type SendChan,
  type SharedChan,
  select,
  sharedChan,
  sleep,
  wait,
  withCancel,
} from "gort";

const AHEAD = 64;
const CHUNK = 256 * 1024;

/** Names are bytes: they need not be valid UTF-8. */
type Path = Buffer;

/** What became of a file or a folder. `core` ran the goroutine of a file. */
type Outcome =
  | { readonly path: Path; readonly bytes: number; readonly hash: string; readonly core: number }
  | { readonly path: Path; readonly error: Error; readonly core?: number };

type Digest = Exclude<Outcome, { error: Error }>;

export function* main(): Goroutine {
  const { root, all } = parse(process.argv.slice(2));
  const [ctx, cancel] = withCancel(background());
  process.once("SIGINT", () => cancel());

  const started = now();
  const files = chan<Path>(AHEAD);
  const outcomes = sharedChan<Outcome>(AHEAD);
  const walking = go(walk, root, files, outcomes, ctx);
  const hashing = go(hashAll, files, outcomes, ctx);
  go(function* () {
    yield* walking;
    yield* hashing;
    outcomes.close();
  });

  const bar = startBar(root, ctx);
  const { digests, failures, ran } = yield* collect(outcomes, bar);
  yield* bar.end();

  if (ctx.err) {
    console.error("digest: interrupted");
    process.exitCode = 130;
    return;
  }
  digests.sort((a, b) => Buffer.compare(a.path, b.path));
  if (process.stdout.isTTY && !all) printLargest(digests);
  else yield* printLines(digests);
  const bytes = digests.reduce((sum, digest) => sum + digest.bytes, 0);
  const seconds = ((now() - started) / 1000).toFixed(2);
  console.error(`${count(digests.length)} files, ${count(bytes)} bytes, ${seconds} seconds`);
  console.error(`goroutines: ${ran.map((n, core) => `core ${core} ran ${count(n)}`).join(", ")}`);
  if (failures > 0) process.exitCode = 1;
}

/** Stage 1: sends every file below `root`, and closes `files`: it is the only sender there. */
function* walk(root: Path, files: SendChan<Path>, outcomes: SendChan<Outcome>, ctx: Context): Goroutine {
  const folders = [root];
  try {
    if ((yield* wait(stat(root))).isFile()) {
      yield* files.send(root);
      return;
    }
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of yield* list(folder, outcomes)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        // Nobody may take it any more: who only sends would wait for ever.
        if (entry.isFile()) yield* ctx.wait(files.send(path));
      }
    }
  } catch (error) {
    if (!ctx.err) yield* outcomes.send({ path: root, error: error as Error });
  } finally {
    files.close();
  }
}

/** The entries of one folder; none, and an outcome, when it cannot be read. */
function* list(folder: Path, outcomes: SendChan<Outcome>) {
  try {
    return yield* wait(readdir(folder, { withFileTypes: true, encoding: "buffer" }));
  } catch (error) {
    yield* outcomes.send({ path: folder, error: error as Error });
    return [];
  }
}

/** Stage 2: starts a goroutine for each file, when there is a place for it, and waits for all of them. */
function* hashAll(files: RecvChan<Path>, outcomes: SharedChan<Outcome>, ctx: Context): Goroutine {
  const hashing = new Group();
  hashing.setLimit(AHEAD);
  for (const file = range(files); yield* file.next(); ) {
    yield* hashing.ready();
    if (ctx.err) break;
    hashing.go(hash, file.value, outcomes, ctx);
  }
  yield* hashing.wait();
}

/** Each core has one: a module's variables are not shared. */
const chunk = Buffer.allocUnsafe(CHUNK);

/** One file, on whichever core is free. Files are read synchronously: every core is a thread that may wait for its disk. */
export const hash = portable(function* hash(
  path: Path,
  outcomes: SharedChan<Outcome>,
  ctx: Context,
): Goroutine {
  const core = runtime.procId();
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const sha256 = createHash("sha256");
    for (let bytes = 0; !ctx.err; ) {
      const read = readSync(file, chunk, 0, CHUNK, null);
      if (read === 0) {
        yield* outcomes.send({ path, bytes, hash: sha256.digest("hex"), core });
        return;
      }
      sha256.update(chunk.subarray(0, read));
      bytes += read;
      if (read === CHUNK) yield* gosched(); // A large file lets the others of its core go on.
    }
  } catch (error) {
    yield* outcomes.send({ path, error: error as Error, core });
  } finally {
    if (file !== undefined) closeSync(file);
  }
});

interface Collected {
  readonly digests: Digest[];
  readonly failures: number;
  /** How many goroutines each core ran. */
  readonly ran: readonly number[];
}

/** Stage 3: the outcomes until there are no more. It always takes, so that nobody ever sends in vain. */
function* collect(outcomes: RecvChan<Outcome>, bar: Bar): Goroutine<Collected> {
  const digests: Digest[] = [];
  let failures = 0;
  const ran = new Array<number>(runtime.gomaxprocs()).fill(0);
  for (const received = range(outcomes); yield* received.next(); ) {
    const outcome = received.value;
    if (outcome.core !== undefined) ran[outcome.core] = (ran[outcome.core] ?? 0) + 1;
    if ("error" in outcome) {
      failures++;
      bar.clear();
      console.error(`digest: ${outcome.path}: ${outcome.error.message.split(",")[0]}`);
    } else {
      digests.push(outcome);
      bar.add(outcome.bytes);
    }
  }
  return { digests, failures, ran };
}

interface Bar {
  add(bytes: number): void;
  clear(): void;
  end(): Goroutine;
}

/** A progress bar on stderr if that is a terminal. How many files there are is found out by a second walk, beside the first. */
function startBar(root: Path, ctx: Context): Bar {
  const { stderr } = process;
  if (!stderr.isTTY) return { add: () => {}, clear: () => {}, *end() {} };

  let hashed = 0;
  let bytes = 0;
  let found = 0;
  const ended = chan<never>();
  const clear = (): void => void stderr.write("\r\x1b[K");

  const counting = go(function* countFiles(): Goroutine {
    const files = chan<Path>(AHEAD);
    const ignored = chan<Outcome>(AHEAD);
    go(function* () {
      yield* go(walk, root, files, ignored, ctx);
      ignored.close();
    });
    go(function* () {
      for (const rest = range(ignored); yield* rest.next(); );
    });
    for (const file = range(files); yield* file.next(); ) found++;
  });

  const drawing = go(function* draw(): Goroutine {
    for (;;) {
      const s = yield* select({ time: sleep(80), ended: ended.recv() });
      if (s.case === "ended") return;
      const known = counting.status === "dead";
      const done = known ? Math.floor((20 * hashed) / Math.max(found, 1)) : 0;
      const line = `[${"#".repeat(done).padEnd(20, "-")}] ${count(hashed)} of ${count(found)}${known ? "" : "+"} files, ${count(bytes)} bytes`;
      stderr.write(`\r${line.slice(0, stderr.columns - 1)}\x1b[K`);
    }
  });

  return {
    add(n) {
      hashed++;
      bytes += n;
    },
    clear,
    *end() {
      ended.close();
      yield* drawing;
      clear();
    },
  };
}

function printLargest(digests: readonly Digest[]): void {
  const largest = [...digests].sort((a, b) => b.bytes - a.bytes).slice(0, 10);
  const width = count(largest[0]?.bytes ?? 0).length;
  for (const { path, bytes, hash } of largest) {
    console.log(`${count(bytes).padStart(width)}  ${hash.slice(0, 16)}…  ${path}`);
  }
}

/** Prints every line, and waits until the reader has room for more. */
function* printLines(digests: readonly Digest[]): Goroutine {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `digest | head`: whoever reads has enough. 128 + SIGPIPE, as a shell reports it.
    if (error.code === "EPIPE") process.exit(141);
    throw error;
  });
  for (let i = 0; i < digests.length; i += 1000) {
    const lines = Buffer.concat(digests.slice(i, i + 1000).map(lineOf));
    yield* wait(new Promise((resolve) => process.stdout.write(lines, resolve)));
  }
}

/** sha256sum's line: a name with a line break or a backslash is escaped, and a backslash in front of the line says so. */
function lineOf({ path, hash }: Digest): Buffer {
  const name = path.toString("latin1"); // One character a byte, whatever the bytes mean.
  const escaped = name.replace(/[\\\n\r]/g, (c) => (c === "\n" ? "\\n" : c === "\r" ? "\\r" : "\\\\"));
  return Buffer.from(`${escaped === name ? "" : "\\"}${hash}  ${escaped}\n`, "latin1");
}

function join(folder: Path, name: Buffer): Path {
  const slash = folder.at(-1) === 0x2f ? "" : "/";
  return Buffer.concat([folder, Buffer.from(slash), name]);
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

function parse(args: readonly string[]): { root: Path; all: boolean } {
  const folders = args.filter((arg) => arg !== "--all");
  const [root = "node_modules"] = folders;
  if (folders.length > 1 || root.startsWith("-") || root === "") {
    console.error("usage: gort run examples/digest.ts [--all] [DIR]");
    process.exit(64);
  }
  return { root: Buffer.from(root), all: args.includes("--all") };
}
