/**
 * GORT_TRACEBACK: whose stacks a program's end shows. The facts are GOTRACEBACK's, asked of Go 1.27.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tracebackLevel } from "#src/runtime/traceback-level.ts";
import { parseDump, parseReport, summary } from "./dump.ts";
import { program } from "./program.ts";

const PANICS = `import { chan, go, gosched } from "gort";
  const ch = chan();
  export function* main() {
    for (let i = 0; i < 2; i++) go(function* worker() { yield* ch.recv(); });
    go(function* bad() { throw new Error("boom"); });
    yield* ch.recv();
  }`;
const ASLEEP = `import { chan, go } from "gort";
  export function* main() {
    go(function* worker() { yield* chan().recv(); });
    yield* chan().recv();
  }`;

async function endOf(source: string, level?: string): Promise<string> {
  const env: Record<string, string> = level === undefined ? {} : { GORT_TRACEBACK: level };
  const { code, stderr } = await program(source, { command: true, env });
  assert.equal(code, 2);
  return stderr;
}

function panicked(stderr: string): string[] {
  assert.ok(stderr.startsWith("panic: boom\n"));
  const rest = stderr.slice("panic: boom\n".length);
  return rest === "" ? [] : summary(parseDump(rest.slice(1)));
}

const BAD = "4 [running] bad";
const OTHERS = ["1 [chan receive] main", "2 [chan receive] worker", "3 [chan receive] worker"];

describe("GORT_TRACEBACK", () => {
  it("not set: a panic shows the goroutine that it came from", async () =>
    assert.deepEqual(panicked(await endOf(PANICS)), [BAD]));

  for (const [level, shown] of [
    ["single", [BAD]],
    ["none", []],
    ["all", [BAD, ...OTHERS]],
  ] as const) {
    it(`${level}: a panic shows ${shown.length === 0 ? "its message alone" : shown.length === 1 ? "that one" : "that one, then all others"}`, async () =>
      assert.deepEqual(panicked(await endOf(PANICS, level)), shown));
  }

  it("a deadlock shows all goroutines, and with none its message alone", async () => {
    for (const level of ["single", "all"]) {
      const { blocks } = parseReport(await endOf(ASLEEP, level));
      assert.deepEqual(summary(blocks), ["1 [chan receive] main", "2 [chan receive] worker"]);
    }
    assert.equal(await endOf(ASLEEP, "none"), "fatal error: all goroutines are asleep - deadlock!\n");
  });

  it("takes Go's other words and numbers", () => {
    const words = ["none", "0", "single", "", undefined, "all", "1", "2", "system", "crash", "al", "-1"];
    assert.deepEqual(
      words.map((word) => tracebackLevel(word)),
      ["none", "none", "single", "single", "single", ...Array(5).fill("all"), "single", "single"],
    );
  });
});
