/**
 * `on.mjs off|memory|file SCALE`: on two processors, pairs of goroutines that hand each other messages and work for about a microsecond between two; nanoseconds a message.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chan, go, portable, run } from "gort";
import * as trace from "gort/trace";

const [how, scale] = process.argv.slice(2);
/** Of the loop below, about a microsecond. */
const STEPS = 900;

/** `seed` after so many steps of a generator of numbers. */
const work = (seed) => {
  let value = seed | 0;
  for (let i = 0; i < STEPS; i++) value = (Math.imul(value, 1664525) + 1013904223) | 0;
  return value;
};

function* worker(requests, answers) {
  for (;;) {
    const [request, ok] = yield* requests.recvOk();
    if (!ok) return;
    yield* answers.send(work(request));
  }
}

/** One pair. Both processors have one: each holds its own until the other has begun. */
export const pair = portable(function* pair(n, begun) {
  Atomics.add(begun, 0, 1);
  Atomics.notify(begun, 0);
  while (Atomics.load(begun, 0) < 2) Atomics.wait(begun, 0, Atomics.load(begun, 0), 1000);
  const requests = chan();
  const answers = chan();
  go(worker, requests, answers);
  let value = 1;
  for (let i = 0; i < n; i++) {
    yield* requests.send(value);
    value = yield* answers.recv();
  }
  requests.close();
  return value;
});

const both = (n) =>
  run(function* main() {
    const begun = new Int32Array(new SharedArrayBuffer(4));
    const [a, b] = [go(pair, n, begun), go(pair, n, begun)];
    return [yield* a, yield* b];
  });

const attempt = async (n) => {
  let expected = 1;
  for (let i = 0; i < n; i++) expected = work(expected);
  const start = performance.now();
  const got = await both(n);
  const ms = performance.now() - start;
  if (got.some((value) => value !== expected)) throw new Error(`wrong result: ${got}, expected ${expected}`);
  return (ms / n) * 1e6;
};

const n = Math.max(1000, Math.round(300_000 * Number(scale)));
const folder = mkdtempSync(join(tmpdir(), "gort-bench-"));
try {
  if (how !== "off") trace.start(how === "file" ? { file: join(folder, "trace") } : {});
  await attempt(n / 4);
  const values = [];
  for (let i = 0; i < 3; i++) values.push(await attempt(n));
  await trace.stop();
  process.stdout.write(JSON.stringify({ value: Math.min(...values) }), () => process.exit(0));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
