/**
 * Goroutines beside async code: what a goroutine waits for with `yield*`, an async function waits for with `await`.
 *
 * - `wait(promise)` parks a goroutine until a promise is settled;
 * - `for await` receives from a channel in async code, and `await` works on every operation and every handle;
 * - `go` takes async functions, too;
 * - an error that a goroutine throws rejects the `await` of its handle.
 */
import { readFile } from "node:fs/promises";
import { type Chan, chan, type Goroutine, go, run, wait } from "gort";

function* lines(file: URL, out: Chan<string>): Goroutine {
  const text = yield* wait(readFile(file, "utf8"));
  for (const line of text.split("\n").slice(0, 2)) yield* out.send(line);
  out.close();
}

async function printAll(inp: Chan<string>): Promise<number> {
  let count = 0;
  for await (const line of inp) {
    console.log(line);
    count++;
  }
  return count;
}

const total = await run(function* main(): Goroutine<number> {
  const out = chan<string>();
  go(lines, new URL(import.meta.url), out);
  return yield* go(printAll, out);
});
console.log(`${total} lines`);

try {
  await go(function* fails() {
    throw new Error("not today");
  });
} catch (error) {
  console.log(`caught: ${(error as Error).message}`);
}

// Output:
// /**
//  * Goroutines beside async code: what a goroutine waits for with `yield*`, an async function waits for with `await`.
// 2 lines
// caught: not today
