/**
 * schedtrace: Go's line in Go's grammar, from any number of cores, also while they compute.
 *
 * The parser is checked against Go itself where that is at hand (GORT_GO names the command; else `go` in the path), and against lines that Go 1.27 has printed.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FIXTURES, gort } from "./cli-gort.ts";
import { program } from "./program.ts";
import { parseSchedtrace } from "./schedtrace-lines.ts";

/** As Go 1.27 prints them. */
const GO_LINES = `SCHED 0ms: gomaxprocs=2 idleprocs=0 threads=5 spinningthreads=1 needspinning=0 idlethreads=2 runqueue=0 [ 1 2 ] schedticks=[ 6 3 ]
SCHED 109ms: gomaxprocs=2 idleprocs=0 threads=5 spinningthreads=0 needspinning=1 idlethreads=2 runqueue=0 [ 1 2 ] schedticks=[ 136 165 ]
`;
const GO_DETAILS = `SCHED 220ms: gomaxprocs=2 idleprocs=0 threads=3 spinningthreads=1 needspinning=0 idlethreads=2 runqueue=0 gcwaiting=false nmidlelocked=0 stopwait=0 sysmonwait=false
  P0: status=1 schedtick=359 syscalltick=0 m=0 runqsize=0 gfreecnt=0 timerslen=0
  P1: status=0 schedtick=314 syscalltick=0 m=nil runqsize=0 gfreecnt=0 timerslen=0
  M1: p=nil curg=nil mallocing=0 throwing=0 preemptoff= locks=32 dying=0 spinning=false blocked=false lockedg=nil
  M0: p=0 curg=7 mallocing=0 throwing=0 preemptoff= locks=18 dying=0 spinning=false blocked=false lockedg=nil
  G1: status=1(chan send) m=nil lockedm=0
  G7: status=2(chan receive) m=0 lockedm=nil
  G8: status=4(force gc (idle)) m=nil lockedm=nil
`;

/** On each processor a goroutine that holds it for `ms`, all at once; five that wait; then some that give way. */
const busy = (ms: number): string => `import { chan, go, gosched, portable, run, runtime, wait } from "gort";
  export const work = portable(function* work(ms) {
    const until = performance.now() + ms;
    while (performance.now() < until) yield* gosched();
  });
  export const held = portable(function* held(w, ms) {
    Atomics.add(w, 0, 1);
    Atomics.notify(w, 0);
    while (Atomics.load(w, 0) < runtime.gomaxprocs()) Atomics.wait(w, 0, Atomics.load(w, 0), 10_000);
    const until = performance.now() + ms;
    while (performance.now() < until);
  });
  export function* main() {
    const stop = chan();
    for (let i = 0; i < 5; i++) go(function* waits() { yield* stop.recv(); });
    // What is told is as old as the slice.
    for (let i = 0; i < 2; i++) yield* wait(new Promise((resolve) => setImmediate(resolve)));
    const w = new Int32Array(new SharedArrayBuffer(4));
    const all = [];
    for (let i = 0; i < runtime.gomaxprocs(); i++) all.push(go(held, w, ${ms}));
    for (const h of all) yield* h;
    for (let i = 0; i < runtime.gomaxprocs(); i++) yield* go(work, ${ms});
  }`;

describe("the grammar of schedtrace", () => {
  it("reads what Go prints, and nothing else", () => {
    const [first, second] = parseSchedtrace(GO_LINES, "go");
    assert.deepEqual([first?.runq, first?.ticks, second?.ms], [[1, 2], [6, 3], 109]);
    const [detailed] = parseSchedtrace(GO_DETAILS, "go");
    assert.deepEqual(
      detailed?.goroutines.map(({ reason }) => reason),
      ["chan send", "chan receive", "force gc (idle)"],
    );
    for (const wrong of [
      GO_LINES.replace("[ 1 2 ]", "[1 2]"),
      GO_LINES.replace(" needspinning=0", ""),
      GO_LINES.replace("165 ]", "165]"),
      GO_LINES.replace("[ 1 2 ]", "[ 1 ]"),
      GO_LINES.replace("\n", " more=1\n"),
      GO_DETAILS.replace("m=nil runqsize", "m=-1 runqsize"),
      GO_DETAILS.replace("  P1", "  P2"),
      GO_DETAILS.replace("(chan send)", ""),
    ])
      assert.throws(() => parseSchedtrace(wrong, "go"), wrong);
  });

  const go = process.env["GORT_GO"] ?? "go";
  const version = spawnSync(go, ["version"], { encoding: "utf8" }).stdout ?? "";
  const old = !/go1\.(?:2[7-9]|[3-9]\d)/.test(version);
  it("is that of this Go", { skip: old && "no Go of 1.27 or later" }, () => {
    const folder = mkdtempSync(join(tmpdir(), "gort-schedtrace-"));
    try {
      const file = join(folder, "main.go");
      const exe = join(folder, "main.exe");
      writeFileSync(
        file,
        'package main\nimport "time"\nfunc main() { c := make(chan int); go func() { for range c {} }()\nfor end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); { c <- 1 } }\n',
      );
      execFileSync(go, ["build", "-o", exe, file], { env: { ...process.env, GOTOOLCHAIN: "local" } });
      for (const detail of [0, 1]) {
        const GODEBUG = `schedtrace=10,scheddetail=${detail}`;
        const { stderr } = spawnSync(exe, { encoding: "utf8", env: { ...process.env, GODEBUG } });
        // Go writes a line piece by piece, and may end in the middle of one.
        const whole = stderr.slice(0, stderr.lastIndexOf("SCHED "));
        assert.ok(parseSchedtrace(whole, "go").length > 1);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

for (const procs of [1, 2]) {
  describe(`schedtrace on ${procs} processor${procs === 1 ? "" : "s"}`, () => {
    it("is printed from the first goroutine on, also while all of them compute", async () => {
      const { code, stderr } = await program(busy(300), {
        command: true,
        env: { GORT_DEBUG: "schedtrace=10", GOMAXPROCS: String(procs) },
        name: "program.ts",
      });
      assert.equal(code, 0);
      const reports = parseSchedtrace(stderr, "gort");
      assert.equal(reports[0]?.ms, 0);
      // Nobody's event loop turns while they hold their processors. (Before, nothing has been told yet.)
      const stuck = reports.filter(
        ({ idle, own }) => idle === 0 && own?.busy.every((share) => share > 50) && own.created >= 1 + 5,
      );
      assert.ok(stuck.length > 1, stderr);
      assert.ok(stuck.every(({ threads }) => threads === procs));
      assert.ok(
        stuck.every(({ own }) => own !== null && own.goroutines >= 1 + 5 && own.goroutines <= 1 + 5 + procs),
        stderr,
      );
      for (const [i, report] of reports.entries()) {
        assert.equal(report.procs, procs);
        const before = reports[i - 1];
        if (before === undefined) continue;
        assert.ok(report.ms >= before.ms);
        assert.ok(
          report.ticks.every((ticks, p) => ticks >= (before.ticks[p] as number)),
          stderr,
        );
        assert.ok((report.own?.created ?? 0) >= (before.own?.created ?? 0));
      }
    });

    it("names processors, threads and goroutines with scheddetail=1, and who runs", async () => {
      const { code, stderr } = await program(busy(300), {
        command: true,
        env: { GORT_DEBUG: "schedtrace=10,scheddetail=1", GOMAXPROCS: String(procs) },
        name: "program.ts",
      });
      assert.equal(code, 0);
      const reports = parseSchedtrace(stderr, "gort");
      const stuck = reports.filter(
        ({ idle, machines }) => idle === 0 && machines.every(({ curg }) => curg !== "nil"),
      );
      assert.ok(stuck.length > 1, stderr);
      const all = reports.flatMap(({ goroutines }) => goroutines);
      assert.ok(
        all.some(({ id, status, reason }) => id > 1 && status === 4 && reason === "chan receive"),
        stderr,
      );
      assert.ok(
        all.some(({ id, reason }) => id === 1 && reason === "goroutine join"),
        stderr,
      );
      for (const { goroutines, machines } of reports) {
        const ids = goroutines.map(({ id }) => id);
        assert.deepEqual(
          ids,
          [...new Set(ids)].sort((a, b) => a - b),
          stderr,
        );
        for (const { status, m, id } of goroutines) {
          if (status !== 2) continue;
          assert.equal(machines.find((machine) => String(machine.id) === m)?.curg, String(id), stderr);
        }
      }
    });
  });
}

describe("schedtrace", () => {
  it("is an option of gort run, and what the program prints and how it ends stays the same", async () => {
    const { code, stdout, stderr } = await gort(["run", "--schedtrace=1", "--procs", "2", "hello.ts", "a"]);
    assert.deepEqual([code, stdout], [0, "a\n"]);
    // The program may be over before the first line.
    if (stderr !== "") parseSchedtrace(stderr, "gort");
  });

  it("keeps no process alive and hides no deadlock", async () => {
    const { code, stderr } = await gort(["run", "--schedtrace", "5", `${FIXTURES}deadlock.ts`]);
    assert.equal(code, 2);
    assert.match(stderr, /^fatal error: all goroutines are asleep - deadlock!$/m);
    const left = await program(
      `import { chan, go } from "gort"; go(function* () { yield* chan().recv(); });`,
      { env: { GORT_DEBUG: "schedtrace=5" } },
    );
    assert.equal(left.code, 0);
  });

  it("says what is wrong with a period that is none, and 0 is off", async () => {
    for (const ms of ["", "-1", "x", "1.5"]) {
      const { code, stderr } = await program(`import { run } from "gort"; await run(function* () {});`, {
        env: { GORT_DEBUG: `schedtrace=${ms}` },
      });
      assert.equal(
        stderr,
        `gort: GORT_DEBUG=schedtrace needs an integer of at least 1 (milliseconds), got "${ms}"\n`,
      );
      assert.equal(code, 0);
    }
    const off = await program(`import { run } from "gort"; await run(function* () {});`, {
      env: { GORT_DEBUG: "schedtrace=0" },
    });
    assert.deepEqual([off.code, off.stderr], [0, ""]);
  });
});
