/**
 * The trace file of a whole program: it is whole however the program ends, and says how; one that was killed is a trace that ends early.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readTrace } from "#src/trace/reader.ts";
import { mortal } from "../prog/mortal.ts";
import { program } from "../prog/program.ts";
import { traced, withFolder } from "./program.ts";
import { eventsIn, eventsOf, namesIn, stepsIn } from "./told.ts";

const HEAD = `import { chan, go, gosched, run, runtime, sleep, wait } from "gort";
import * as trace from "gort/trace";
const file = process.env.TRACE;
`;

describe("a program's end is the end of its trace", () => {
  const START = `${HEAD}trace.start({ file });\n`;
  const ends: readonly [what: string, reason: string, code: number, source: string][] = [
    ["stop", "stop", 0, `await run(function* main() { yield* sleep(1); }); await trace.stop();`],
    ["nothing left to do", "exit", 0, `await run(function* main() { yield* sleep(1); });`],
    ["process.exit", "exit", 3, `await run(function* main() { yield* sleep(1); process.exit(3); });`],
    ["a panic", "panic", 2, `go(function* main() { yield* sleep(1); throw new Error("x"); });`],
    [
      "a deadlock",
      "deadlock",
      2,
      `await run(function* main() { yield* sleep(1); yield* chan().recv(); }, { onDeadlock: "exit" });`,
    ],
    [
      "SIGINT that the program listens for",
      "exit",
      130,
      `process.on("SIGINT", () => process.exit(130));
       await run(function* main() { yield* sleep(1); process.kill(process.pid, "SIGINT"); yield* sleep(60_000); });`,
    ],
  ];
  for (const [what, reason, code, source] of ends) {
    it(`${what}: "${reason}"`, async () => {
      const ended = await traced(START + source);
      const { trace } = ended;
      assert.deepEqual([ended.code, trace.end?.reason, trace.lost], [code, reason, 0], ended.stderr);
      assert.deepEqual([trace.cutBytes, trace.damagedChunks, trace.unknownChunks], [0, 0, 0]);
      const { meta } = trace;
      assert.deepEqual([meta?.node, meta?.program], [process.version, ended.file]);
      assert.ok(Date.parse(meta?.startedAt ?? "") > 0 && (meta?.clockMs ?? 0) * 10_000 <= trace.began);
      const names = namesIn(trace);
      const runs = trace.machines.flatMap(eventsOf).filter(({ kind }) => kind === "run");
      assert.ok(
        runs.length >= 2 && runs.every(({ a }) => names.get(a) === "main"),
        "also the run it ended in",
      );
    });
  }

  it("a bubble in which the process ends leaves the times alone", async () => {
    const { trace, code } = await traced(`${START}
      const { bubble } = await import("gort/testing");
      await bubble(function* () { yield* sleep(86_400_000); process.exit(4); });`);
    assert.deepEqual([code, trace.end?.reason], [4, "exit"]);
    assert.ok(trace.ended - trace.began < 60 * 10_000_000, `${trace.ended - trace.began}`);
  });

  it("a panic and a deadlock have a mark", async () => {
    for (const [what, source] of [
      ["panic", `go(function* main() { throw new Error("x"); });`],
      ["deadlock", `await run(function* main() { yield* chan().recv(); }, { onDeadlock: "exit" });`],
    ] as const) {
      const { trace } = await traced(START + source);
      const marks = trace.machines.flatMap(eventsOf).filter(({ kind }) => kind === "mark");
      assert.deepEqual(
        marks.map(({ name }) => name),
        [what],
      );
    }
  });
});

describe("a program that is killed", () => {
  it("has a trace that ends early, with everything that was written by then", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "t");
      // It is killed by one who has seen that the file grows: only the thread's own timer writes it.
      const out = await mortal(`import { go, run, sleep } from "gort";
        import * as trace from "gort/trace";
        import { statSync } from "node:fs";
        const file = ${JSON.stringify(file)};
        trace.start({ file });
        const empty = statSync(file).size;
        await run(function* main() {
          for (let asked = false; ; ) {
            yield* sleep(1);
            if (!asked && statSync(file).size > empty + 500) { asked = true; console.log("send SIGKILL"); }
          }
        });`);
      assert.equal(out, "SIGKILL\n");
      const bytes = readFileSync(file);
      const trace = readTrace(bytes);
      assert.equal(trace.end, null);
      assert.ok(trace.count > 20);
      // Cut anywhere, too.
      for (const cut of [1, 7, 100]) {
        const shorter = readTrace(bytes.subarray(0, bytes.length - cut));
        assert.ok(shorter.end === null && shorter.damagedChunks === 0 && shorter.count <= trace.count);
      }
    });
  });
});

describe("the flight recorder", () => {
  it("writes the last seconds when the process ends by a panic or a deadlock, and says where", async () => {
    for (const [reason, source] of [
      ["panic", `throw new Error("x");`],
      ["deadlock", `yield* chan().recv();`],
    ] as const) {
      await withFolder(async (folder) => {
        const { stderr, code } = await program(`${HEAD}process.chdir(${JSON.stringify(folder)});
          trace.start();
          go(function* waits() { yield* chan().recv(); });
          await run(function* main() { yield* sleep(1); ${source} }, { onDeadlock: "exit" }).catch((error) => { go(() => { throw error; }); });`);
        assert.equal(code, 2);
        const said = /^gort: the last seconds before this are in (gort-\d+\.trace): gort trace \1$/m.exec(
          stderr,
        );
        assert.ok(said !== null, stderr);
        assert.deepEqual(readdirSync(folder), [said[1]]);
        const steps = stepsIn(readFileSync(join(folder, said[1] as string)));
        assert.ok(
          steps.includes("main waits, sleep") && steps.includes("waits waits, chan receive"),
          `${reason}: ${steps}`,
        );
      });
    }
  });

  it("says so when it cannot", async () => {
    await withFolder(async (folder) => {
      const { stderr } = await program(`${HEAD}
        import { rmdirSync } from "node:fs";
        process.chdir(${JSON.stringify(folder)});
        trace.start();
        await run(function* main() { rmdirSync(${JSON.stringify(folder)}); });
        go(() => { throw new Error("x"); });`);
      assert.match(stderr, /could not be written to gort-\d+\.trace: ENOENT/);
    });
  });

  it("writes nothing when the program ends well, or nothing was recorded", async () => {
    for (const source of [
      `trace.start(); await run(function* main() {});`,
      `trace.start(); await trace.stop(); go(() => { throw new Error("x"); });`,
    ]) {
      await withFolder(async (folder) => {
        await program(`${HEAD}process.chdir(${JSON.stringify(folder)});${source}`);
        assert.deepEqual(readdirSync(folder), []);
      });
    }
  });
});

describe("a run that overruns the ring", () => {
  /** One run that makes more goroutines than the ring has room for. */
  const MANY = 400_000;
  const overrun = `await run(function* main() { for (let i = 0; i < ${MANY}; i++) go(function* one() {}); });`;

  it("is in the file all the same", async () => {
    const { trace, code, stderr } = await traced(`${HEAD}trace.start({ file });\n${overrun}`);
    assert.deepEqual([code, stderr, trace.lost], [0, "", 0]);
    const events = trace.machines.flatMap(eventsOf);
    const made = events.filter(({ kind, name }) => kind === "create" && name === "one");
    assert.equal(made.length, MANY);
    assert.equal(new Set(made.map(({ a }) => a)).size, MANY);
    assert.equal(events.filter(({ kind }) => kind === "run").length, MANY + 1);
  });

  it("leaves the ring's last events to who asks for the last seconds", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "t");
      await program(`${HEAD}import { writeFileSync } from "node:fs";
        trace.start();\n${overrun.replace("});`", "")}
        writeFileSync(${JSON.stringify(file)}, trace.last({ seconds: 1000 }));`);
      const events = eventsIn(readFileSync(file));
      // A ring is 262,144 events; of them up to 1,024 may be written over while they are read.
      assert.ok(events.length >= 262_144 - 1_024 - 10 && events.length <= 262_144, `${events.length}`);
      const runs = events.filter(({ kind, a }) => kind === "run" && a > 1);
      for (const [i, { a }] of runs.entries()) assert.equal(a, (runs[0]?.a as number) + i, "none is missing");
    });
  });
});

describe("names", () => {
  it("that are too many are one that says so", async () => {
    const { trace } = await traced(`${HEAD}
      trace.start({ file });
      await run(function* main() {
        for (let i = 0; i < 20_100; i++) trace.log("category", "message " + i);
        trace.log("x".repeat(2_000), "y".repeat(2_000));
      });
      await trace.stop();`);
    const [machine] = trace.machines;
    assert.ok(machine !== undefined);
    const logs = eventsOf(machine).filter(({ kind }) => kind === "log");
    assert.equal(logs.length, 20_101);
    const texts = logs.map(({ b }) => machine.names[b] as string);
    assert.equal(texts[0], "message 0");
    assert.equal(texts[19_000], "message 19000");
    assert.equal(texts[20_099], "(more texts than a trace keeps)");
    assert.equal(trace.damagedChunks, 0);
  });

  it("are cut at 1,000 letters", async () => {
    const { trace } = await traced(`${HEAD}
      trace.start({ file });
      trace.log("x".repeat(2_000), "é".repeat(2_000));`);
    const [machine] = trace.machines;
    const log = eventsOf(machine as never).find(({ kind }) => kind === "log");
    assert.deepEqual([log?.name, machine?.names[log?.b as number]], ["x".repeat(1_000), "é".repeat(1_000)]);
  });
});

describe("starting and stopping", () => {
  it("makes a file each time, with what happened then and nothing else", async () => {
    await withFolder(async (folder) => {
      const { stderr, code } = await program(`${HEAD}
        const named = (name) => Object.defineProperty(function* () { yield* gosched(); }, "name", { value: name });
        for (let i = 0; i < 20; i++) {
          trace.start({ file: ${JSON.stringify(folder)} + "/" + i });
          await run(named("main" + i));
          await trace.stop();
          await run(named("between" + i));
        }`);
      assert.deepEqual([code, stderr], [0, ""]);
      for (let i = 0; i < 20; i++) {
        const bytes = readFileSync(join(folder, `${i}`));
        assert.equal(readTrace(bytes).end?.reason, "stop");
        assert.deepEqual(stepsIn(bytes), [`host makes main${i}`, `main${i} has ended`]);
      }
    });
  });

  it("empties a file that is there", async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "t");
      writeFileSync(file, "x".repeat(100_000));
      const { code } = await program(
        `${HEAD}trace.start({ file: ${JSON.stringify(file)} }); await trace.stop();`,
      );
      assert.equal(code, 0);
      assert.equal(readTrace(readFileSync(file)).cutBytes, 0);
      assert.ok(statSync(file).size < 1_000);
    });
  });

  it("goes on without a trace when the file cannot be written any more", {
    skip: !existsSync("/dev/full"),
  }, async () => {
    const { stdout, code } = await program(`${HEAD}
      import { writeFileSync } from "node:fs";
      try { trace.start({ file: "/dev/full" }); } catch (error) { console.log(error.code, error.message); }
      trace.start();
      await run(function* main() { yield* sleep(1); });
      await trace.stop();`);
    assert.deepEqual(
      [code, stdout],
      [0, 'GORT_TRACE trace: the file "/dev/full" cannot be written (ENOSPC)\n'],
    );
  });
});
