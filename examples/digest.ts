/**
 * digest: the SHA-256 of every file below a folder, as `sha256sum` prints it.
 *
 *   gort run examples/digest.ts [--all] [DIR]
 *
 * A bounded pipeline, the pattern that Go programs are made of:
 *
 *   walk --files--> hash (x8) --outcomes--> collect
 *
 * - Each stage is a goroutine. It closes nothing that it does not own, and ends when its input is closed.
 * - The channels have a capacity, and that is the backpressure: the walk is never more than 64 files ahead of the hashing, however large the
 *   tree is, and a file of any size takes one buffer.
 * - Whoever waits for the handles of all senders closes the channel they share: Go's WaitGroup, with the handle in its place.
 * - `stop` is closed on Ctrl-C. A closed channel is ready for everybody, so one `close` tells all of them.
 *
 * Symbolic links are not followed (as `find DIR -type f`), DIR itself excepted. What cannot be read is reported and makes the exit code 1.
 * When stdout is a terminal the ten largest files are shown; `--all` prints every line there, too.
 */
import { createHash } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import {
  chan,
  type Goroutine,
  go,
  now,
  type RecvChan,
  range,
  type SendChan,
  select,
  sleep,
  wait,
} from "gort";

const HASHERS = 8;
const AHEAD = 64;
const CHUNK = 256 * 1024;

/** Names are bytes: they need not be valid UTF-8. */
type Path = Buffer;

/** What became of a file or a folder. */
type Outcome =
  | { readonly path: Path; readonly bytes: number; readonly hash: string }
  | { readonly path: Path; readonly error: Error };

type Digest = Exclude<Outcome, { error: Error }>;

/** Nothing is ever sent on it: it is open, and then it is closed. */
type Signal = RecvChan<never>;

export function* main(): Goroutine {
  const { root, all } = parse(process.argv.slice(2));
  const stop = chan<never>();
  process.once("SIGINT", () => stop.close());

  const started = now();
  const files = chan<Path>(AHEAD);
  const outcomes = chan<Outcome>(AHEAD);
  const senders = [go(walk, root, files, outcomes, stop)];
  for (let i = 0; i < HASHERS; i++) senders.push(go(hash, files, outcomes, stop));
  go(function* () {
    for (const sender of senders) yield* sender;
    outcomes.close();
  });

  const bar = startBar(root, stop);
  const { digests, failures } = yield* collect(outcomes, bar);
  yield* bar.end();

  if (stop.closed) {
    console.error("digest: interrupted");
    process.exitCode = 130;
    return;
  }
  digests.sort((a, b) => Buffer.compare(a.path, b.path));
  if (process.stdout.isTTY && !all) printLargest(digests);
  else yield* printLines(digests);
  const bytes = digests.reduce((sum, digest) => sum + digest.bytes, 0);
  console.error(
    `${count(digests.length)} files, ${count(bytes)} bytes, ${((now() - started) / 1000).toFixed(2)} seconds`,
  );
  if (failures > 0) process.exitCode = 1;
}

/** Stage 1: sends every file below `root`, and closes `files`: it is the only sender there. */
function* walk(root: Path, files: SendChan<Path>, outcomes: SendChan<Outcome>, stop: Signal): Goroutine {
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
        if (!entry.isFile()) continue;
        // The hashers may be gone by now: who only sends would wait for ever.
        const s = yield* select({ sent: files.send(path), stop: stop.recv() });
        if (s.case === "stop") return;
      }
    }
  } catch (error) {
    yield* outcomes.send({ path: root, error: error as Error });
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

/** Stage 2, several at once: each takes whichever file comes next, until there are no more. */
function* hash(files: RecvChan<Path>, outcomes: SendChan<Outcome>, stop: Signal): Goroutine {
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (const file = range(files); yield* file.next(); ) {
    const path = file.value;
    try {
      const digest = yield* digestOf(path, chunk, stop);
      if (digest === undefined) return;
      yield* outcomes.send(digest);
    } catch (error) {
      yield* outcomes.send({ path, error: error as Error });
    }
  }
}

/** Reads one file chunk by chunk; undefined when it was told to stop. */
function* digestOf(path: Path, chunk: Buffer, stop: Signal): Goroutine<Digest | undefined> {
  const sha256 = createHash("sha256");
  const file = yield* wait(open(path));
  try {
    for (let bytes = 0; !stop.closed; ) {
      const { bytesRead } = yield* wait(file.read(chunk, 0, CHUNK));
      if (bytesRead === 0) return { path, bytes, hash: sha256.digest("hex") };
      sha256.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    return undefined;
  } finally {
    yield* wait(file.close());
  }
}

/** Stage 3: the outcomes until there are no more. It always takes, so that no hasher ever waits in vain. */
function* collect(outcomes: RecvChan<Outcome>, bar: Bar): Goroutine<{ digests: Digest[]; failures: number }> {
  const digests: Digest[] = [];
  let failures = 0;
  for (const received = range(outcomes); yield* received.next(); ) {
    const outcome = received.value;
    if ("error" in outcome) {
      failures++;
      bar.clear();
      console.error(`digest: ${outcome.path}: ${outcome.error.message.split(",")[0]}`);
    } else {
      digests.push(outcome);
      bar.add(outcome.bytes);
    }
  }
  return { digests, failures };
}

interface Bar {
  add(bytes: number): void;
  clear(): void;
  end(): Goroutine;
}

/** A progress bar on stderr if that is a terminal. How many files there are is found out by a second walk, beside the first. */
function startBar(root: Path, stop: Signal): Bar {
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
      yield* go(walk, root, files, ignored, stop);
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
