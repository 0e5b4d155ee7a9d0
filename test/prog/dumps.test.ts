/**
 * Dumps for programs and for very many goroutines: JSON, profiles, groups, limits.
 *
 * Answers to TestGoroutineCounts, TestGoroutineProfileConcurrency and TestConvertCPUProfile's form of Go's runtime/pprof tests, in what applies.
 */
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { GoroutineDump } from "gort";
import { parseDump, summary } from "./dump.ts";
import { type Profile, readProfile } from "./profile.ts";
import { output, root } from "./program.ts";
import { mistakes } from "./schema.ts";

const SCHEMA = JSON.parse(readFileSync(join(root, "docs/schema/goroutine-dump.schema.json"), "utf8"));

const BUILT_WITHIN_MS = 30_000;

const HEAD = `import { chan, go, gosched, portable, run, runtime, select, sleep, SharedWaitGroup, wait } from "gort";\n`;

/** Three of one kind, one of another, one that has not begun, one that runs; in known lines. */
const SCENE = `${HEAD}const ch = chan();
  function* helper() { yield* ch.recv(); }
  function* worker() { yield* helper(); }
  const dump = (options) => {
    const given = runtime.stacks(options);
    process.stdout.write(typeof given === "string" ? given : Buffer.from(given).toString("base64"));
    process.exit();
  };
  for (let i = 0; i < 3; i++) go(worker);
  go(function* sender() { yield* chan().send(1); });
  setTimeout(() => {
    go(function* asker() {
      go(function* late() {});
      dump(OPTIONS);
    });
  }, 1);`;

const scene = (options: string, source = SCENE): Promise<string> =>
  output(source.replace("OPTIONS", options));

async function json(options: string, source?: string): Promise<GoroutineDump["gortDump"]> {
  const dump = JSON.parse(await scene(options, source)) as GoroutineDump;
  assert.deepEqual(mistakes(SCHEMA, dump), []);
  return dump.gortDump;
}

const profile = async (source?: string): Promise<Profile> =>
  readProfile(Buffer.from(await scene(`{ format: "pprof" }`, source), "base64"));

/** A path is of no interest: only whose line it is. */
const inShort = ({ func, line }: { func: string; line?: number }): string => `${func}:${line ?? "?"}`;

describe("stacks as JSON", () => {
  it("says of each goroutine what a dump says, by the published schema", async () => {
    const { goroutines, outside, lost, ...rest } = await json(`{ format: "json" }`);
    assert.deepEqual(
      goroutines.map(({ goid, name, state, reason, parent, created, stack }) => [
        ...[goid, name, reason ?? state, parent, created && inShort(created)],
        stack.map(inShort).join(" < "),
      ]),
      [
        [6, "asker", "running", null, "Timeout._onTimeout:13", "dump:6 < asker:15"],
        [2, "worker", "chan receive", null, "<anonymous>:10", "helper:3 < worker:4"],
        [3, "worker", "chan receive", null, "<anonymous>:10", "helper:3 < worker:4"],
        [4, "worker", "chan receive", null, "<anonymous>:10", "helper:3 < worker:4"],
        [5, "sender", "chan send", null, "<anonymous>:11", "sender:11"],
        [7, "late", "runnable", 6, "asker:14", ""],
      ],
    );
    assert.deepEqual([outside, lost], [[], { goroutinesElided: 0, processorsSilent: [] }]);
    assert.deepEqual(Object.keys(rest), ["format", "pid", "time", "node", "gomaxprocs"]);
    assert.ok(
      goroutines.every(
        ({ proc, stack }) => proc === 0 && stack.every(({ file }) => !file.startsWith("file:")),
      ),
    );
  });

  it("has those outside any goroutine, and how long each waits", async () => {
    const dump = await json(
      `{ format: "json" }`,
      `${HEAD}import { clock } from "#src/runtime/clock.ts";
      clock.read = () => 5_000;
      clock.wall = () => Date.UTC(2026, 0, 2, 3, 4, 5);
      go(function* () { yield* chan().recv(); });
      chan().recv().then(() => {});
      setTimeout(() => {
        clock.read = () => 66_000;
        process.stdout.write(runtime.stacks(OPTIONS));
        process.exit();
      }, 1);`,
    );
    assert.deepEqual(
      [dump.goroutines[0]?.sinceMs, dump.outside, dump.time],
      [61_000, [{ reason: "chan receive" }], "2026-01-02T03:04:05.000Z"],
    );
  });

  it("says at what each waits, and who holds that", async () => {
    const { goroutines } = await json(
      `{ format: "json" }`,
      `${HEAD}import { Cond, Mutex, RWMutex, Semaphore, sharedChan, WaitGroup } from "gort";
      const ch = chan(2), mu = new Mutex(), rw = new RWMutex(), sem = new Semaphore(1), wg = new WaitGroup();
      wg.add(1);
      let self;
      go(function* holder() { yield* mu.lock(); yield* rw.rLock(); yield* sem.acquire(); yield* ch.recv(); });
      go(function* lock() { yield* mu.lock(); });
      go(function* write() { yield* rw.lock(); });
      go(function* read() { yield* rw.rLock(); });
      go(function* acquire() { yield* sem.acquire(); });
      go(function* group() { yield* wg.wait(); });
      go(function* choice() { yield* select({ a: ch.recv(), late: sleep(60_000), b: mu.lock() }); });
      self = go(function* join() { yield* self; });
      go(function* shared() { yield* sharedChan(0).recv(); });
      go(function* asleep() { yield* sleep(60_000); });
      go(function* condition() { const own = new Mutex(); yield* own.lock(); yield* new Cond(own).wait(); });
      setTimeout(() => { process.stdout.write(runtime.stacks(OPTIONS)); process.exit(); }, 1);`,
    );
    const words = goroutines.map(({ name, waitsOn }) => {
      const things = (waitsOn ?? []).map(
        ({ label, holder }) => label + (holder === undefined ? "" : ` of ${holder}`),
      );
      return [name, ...things.sort()].join(" ").replace(/@\d+/, "@");
    });
    assert.deepEqual(words, [
      "holder chan#1",
      "lock mutex#2 of 2",
      "write rwmutex#3 of 2",
      "read rwmutex#3",
      "acquire semaphore#4",
      "group waitgroup#5",
      "choice chan#1 mutex#2 of 2",
      "join goroutine 9",
      "shared chan@",
      "asleep",
      "condition cond#6",
    ]);
    const ids = goroutines.flatMap(({ waitsOn }) =>
      (waitsOn ?? []).map(({ kind, id }) => `${kind} ${Math.sign(id)}`),
    );
    assert.ok(ids.includes("chan 1") && ids.includes("chan -1") && ids.includes("goroutine 1"));
  });

  it("says who is leaked, in each form", async () => {
    const LOST = `${HEAD}
      function* receiver(ch) { yield* ch.recv(); }
      for (let i = 0; i < 2; i++) go(receiver, chan());
      const kept = chan();
      go(receiver, kept);
      setTimeout(async () => {
        await runtime.unreachable();
        const given = runtime.stacks(OPTIONS);
        process.stdout.write(typeof given === "string" ? given : Buffer.from(given).toString("base64"));
        process.exit(kept.length);
      }, 1);`;
    const { goroutines } = await json(`{ format: "json" }`, LOST);
    assert.deepEqual(
      goroutines.map(({ name, leaked, state, reason, waitsOn }) => [
        name,
        leaked,
        state,
        reason,
        waitsOn?.length,
      ]),
      [
        ["receiver", true, "waiting", "chan receive", 1],
        ["receiver", true, "waiting", "chan receive", 1],
        ["receiver", undefined, "waiting", "chan receive", 1],
      ],
    );
    const { groups } = await json(`{ format: "json", grouped: true }`, LOST);
    assert.deepEqual(
      groups?.map(({ name, count, leaked }) => [name, count, leaked]),
      [
        ["receiver", 2, true],
        ["receiver", 1, undefined],
      ],
    );
    assert.match(
      await scene(`{ grouped: true }`, LOST),
      /^2 @ goroutine 2, 3 \[chan receive \(leaked\)\]:$/m,
    );
    const { samples } = await profile(LOST.replace("OPTIONS", `{ format: "pprof" }`));
    assert.ok(JSON.stringify(samples).includes("chan receive (leaked)"));
  });

  it("may be grouped", async () => {
    const { goroutines, groups } = await json(`{ format: "json", grouped: true }`);
    assert.deepEqual(goroutines, []);
    assert.deepEqual(
      groups?.map(({ count, goids, name, state, sinceMs }) => [count, goids, name, state, sinceMs]),
      [
        [3, [2, 3, 4], "worker", "waiting", [0, 0]],
        [1, [5], "sender", "waiting", [0, 0]],
        [1, [6], "asker", "running", [0, 0]],
        [1, [7], "late", "runnable", [0, 0]],
      ],
    );
  });

  it("is checked by a reader of schemas that finds mistakes", () => {
    const good = {
      goid: 1,
      name: "",
      state: "dead",
      reason: null,
      sinceMs: 0,
      proc: 0,
      parent: null,
      created: null,
    };
    const dump = (goroutine: object): unknown => ({ gortDump: { goroutines: [goroutine] } });
    const missing = mistakes(SCHEMA, { gortDump: {} }).length;
    assert.equal(missing, 8);
    const more = (goroutine: object): number => mistakes(SCHEMA, dump(goroutine)).length - (missing - 1);
    assert.equal(more({ ...good, stack: [] }), 0);
    for (const [wrong, count] of [
      [{ ...good }, 1],
      [{ ...good, stack: [], goid: 0 }, 1],
      [{ ...good, stack: [], state: "asleep" }, 1],
      [{ ...good, stack: [{ func: "f", file: "f.js", line: 1 }] }, 1],
      [{ ...good, stack: {}, extra: 1 }, 3],
    ] as const)
      assert.ok(more(wrong) >= 1 && more(wrong) <= count, JSON.stringify(wrong));
  });
});

describe("grouped stacks", () => {
  it("have one block for goroutines in the same place, the most first", async () => {
    const text = await scene("{ grouped: true }");
    assert.deepEqual(
      text.replaceAll(/\t.*?(\d+:\d+)$/gm, "\t$1").replaceAll(/:\d+$/gm, ""),
      `goroutine profile: total 6

3 @ goroutine 2, 3, 4 [chan receive]:
helper(...)
	3
worker(...)
	4
created by <anonymous>
	10

1 @ goroutine 5 [chan send]:
sender(...)
	11
created by <anonymous>
	11

1 @ goroutine 6 [running]:
dump(...)
	6
asker(...)
	15
created by Timeout._onTimeout
	13

1 @ goroutine 7 [runnable]:
created by asker in goroutine 6
	14
`.replaceAll(/:\d+$/gm, ""),
    );
  });

  it("show eight numbers, the span of the waits, and what is the same for all", async () => {
    const text = await output(`${HEAD}import { clock } from "#src/runtime/clock.ts";
      clock.read = () => 1_000;
      const ch = chan();
      function* worker() { yield* ch.recv(); }
      await run(function* main() {
        function make() { go(worker); }
        for (let i = 0; i < 9; i++) make();
        go(function* other() { (function make() { go(worker); })(); yield* gosched(); });
        yield* gosched();
        clock.read = () => 61_000;
        yield* wait(new Promise((resolve) => setImmediate(resolve)));
        make();
        yield* gosched();
        clock.read = () => 301_000;
        process.stdout.write(runtime.stacks({ grouped: true }).split("\\n\\n")[1]);
      });`);
    const [header, frame, , created, ...rest] = text.split("\n");
    assert.deepEqual(
      [header, frame, created, rest],
      [
        "11 @ goroutine 2, 3, 4, 5, 6, 7, 8, 9, ... [chan receive, 4 to 5 minutes]:",
        "worker(...)",
        // Neither the place nor the maker is the same.
        "created by make",
        [],
      ],
    );
  });

  it("keep those apart that do not wait for the same, and join those of whom the place is not known", async () => {
    const text = await output(`${HEAD}const ch = chan();
      const full = chan();
      function* both(sends) { yield* (sends ? full.send(1) : ch.recv()); }
      await run(function* main() {
        for (let i = 0; i < 1500; i++) go(both);
        go(both, true);
        yield* gosched();
        process.stdout.write(runtime.stacks({ grouped: true }).match(/^\\d+ @ .*$|^created .*$/gm).join("\\n"));
      });`);
    assert.deepEqual(text.split("\n"), [
      "1500 @ goroutine 2, 3, 4, 5, 6, 7, 8, 9, ... [chan receive]:",
      "created by main in goroutine 1",
      "1 @ goroutine 1 [running]:",
      "1 @ goroutine 1502 [chan send]:",
      "created by main in goroutine 1",
    ]);
  });

  it("are deep where goroutines are", async () => {
    const text = await output(`${HEAD}const ch = chan();
      function* deep(n) { if (n === 0) yield* ch.recv(); else yield* deep(n - 1); }
      await run(function* main() {
        for (const n of [0, 3, 4, 5, 30]) go(deep, n);
        yield* gosched();
        console.log(runtime.stacks().split("\\n\\n").map((block) => block.match(/^deep\\(/gm)?.length).join());
      });
      process.exit();`);
    assert.equal(text, ",1,4,5,6,31\n");
  });
});

describe("stacks as a profile", () => {
  it("has a sample for each group, with its number, frames and labels", async () => {
    const { samples, ...rest } = await profile();
    const short = (place: string): string => place.replace(/ .*?:(\d+):\d+$/, ":$1");
    assert.deepEqual(
      samples.map(({ count, stack, labels }) => [count, stack.map(short).join(" < "), labels]),
      [
        [3, "helper:3 < worker:4", { state: "waiting", wait: "chan receive" }],
        [1, "sender:11", { state: "waiting", wait: "chan send" }],
        [1, "dump:6 < asker:15", { state: "running" }],
        [1, "late:0", { state: "runnable" }],
      ],
    );
    assert.deepEqual([rest.sampleType, rest.periodType], ["goroutine/count", "goroutine/count/1"]);
    assert.match(rest.program, /program\.mjs$/);
    assert.ok(rest.timeMs > Date.UTC(2024) && rest.timeMs < Date.UTC(2200), `${rest.timeMs}`);
  });

  it("gives a place the same address each time, and different ones to others", async () => {
    const source = SCENE.replace(
      "dump(OPTIONS)",
      `for (let i = 0; i < 2; i++)
      process.stdout.write(Buffer.from(runtime.stacks({ format: "pprof" })).toString("base64") + "\\n");
      process.exit()`,
    );
    const [one, two] = (await output(source))
      .trimEnd()
      .split("\n")
      .map((text) => readProfile(Buffer.from(text, "base64")));
    assert.deepEqual(one?.addresses, two?.addresses);
    assert.equal(new Set(one?.addresses).size, one?.addresses.length);
  });

  const go = process.env["GO"] ?? "go";
  const isAtHand = spawnSync(go, ["version"]).status === 0;
  it("is read by go tool pprof", { skip: isAtHand ? false : "Go is not at hand (set GO)" }, async (t) => {
    const env = { ...process.env, GOTOOLCHAIN: "local", GOPROXY: "off", PPROF_TMPDIR: tmpdir() };
    const tool = (...args: string[]): SpawnSyncReturns<string> =>
      spawnSync(go, ["tool", "pprof", ...args], { encoding: "utf8", env, timeout: BUILT_WITHIN_MS });
    // Go builds it when it is first asked for.
    if (tool("-h").status === null) return t.skip("Go has not built its pprof in time");
    const folder = mkdtempSync(join(tmpdir(), "gort-pprof-"));
    try {
      const file = join(folder, "goroutines.pb.gz");
      writeFileSync(file, Buffer.from(await scene(`{ format: "pprof" }`), "base64"));
      const pprof = (option: string): string => {
        const { status, stdout, stderr } = tool(option, file);
        assert.equal(status, 0, stderr);
        return stdout;
      };
      const top = pprof("-top");
      assert.match(top, /^Type: goroutine$/m);
      assert.match(top, /Showing nodes accounting for 6, 100% of 6 total/);
      assert.match(top, /^ +3 50\.00% 50\.00% +3 50\.00% +helper$/m);
      assert.match(top, /^ +0 .* 3 50\.00% +worker$/m);
      const raw = pprof("-raw");
      assert.match(raw, /^ +3: 1 2 \n +state:\[waiting\] wait:\[chan receive\]$/m);
      assert.match(raw, /^ +1: 0x[0-9a-f]+ M=1 helper .*program\.mjs:3(?::\d+)? s=0$/m);
      assert.match(pprof("-tags"), /wait: Total 4(?:\.0$| of 6)/m);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("very many goroutines", () => {
  const MANY = `${HEAD}const ch = chan();
    await run(function* main() {
      for (let i = 0; i < 12_000; i++) go(function* worker() { yield* ch.recv(); });
      yield* gosched();
      const text = runtime.stacks();
      const dump = JSON.parse(runtime.stacks({ format: "json" })).gortDump;
      console.log(text.match(/^goroutine /gm).length, text.slice(text.lastIndexOf("\\n\\n") + 2).trimEnd());
      console.log(dump.goroutines.length, dump.lost.goroutinesElided);
      console.log(runtime.stacks({ grouped: true }).match(/^goroutine profile.*|^\\d+ @|^\\.\\.\\..*/gm).join());
      console.log(Buffer.from(runtime.stacks({ format: "pprof" })).toString("base64"));
      process.exit();
    });`;

  it("are counted beyond ten thousand, in every form", async () => {
    const [text, counts, grouped, encoded] = (await output(MANY)).split("\n");
    assert.equal(text, "10000 ...2001 goroutines elided...");
    assert.equal(counts, "10000 2001");
    assert.equal(grouped, "goroutine profile: total 12001,9999 @,1 @,...2001 goroutines elided...");
    const { samples } = readProfile(Buffer.from(encoded ?? "", "base64"));
    assert.deepEqual(
      samples.map(({ count, stack }) => [count, stack[0]?.split(" ")[0]]),
      [
        [9999, "worker"],
        [1, "main"],
        [2001, "goroutines"],
      ],
    );
  });

  /** Twenty-five goroutines on another core, made there by one that was made here. */
  const FAR = `${HEAD}import { dumpAll } from "#src/runtime/snapshot.ts";
    import { otherGoroutines } from "#src/parallel/dump.ts";
    import { isMainThread } from "node:worker_threads";
    function meets(w) { Atomics.add(w, 0, 1); while (Atomics.load(w, 0) < 2) Atomics.wait(w, 1, 0, 1); }
    export const nest = portable(import.meta, function* nest(w, ready) {
      meets(w);
      if (isMainThread) return;
      for (let i = 0; i < 25; i++) go(function* egg() { yield* chan().recv(); });
      yield* gosched();
      ready.done();
      yield* sleep(3_600_000);
    });
    function* startFar() {
      const ready = new SharedWaitGroup();
      ready.add(1);
      const w = new Int32Array(new SharedArrayBuffer(8));
      for (let i = 0; i < 2; i++) go(nest, w, ready);
      yield* ready.wait();
    }`;
  it("of another core come by the page, each once, with who made them", async () => {
    const stdout = await output(
      `${FAR}
      await run(function* main() {
        yield* startFar();
        const pages = [...otherGoroutines(10, Infinity)];
        console.log(JSON.stringify(pages.map(({ proc, goroutines, left }) => [proc, goroutines.length, left])));
        const ids = pages.flatMap(({ goroutines }) => goroutines.map(({ id }) => id));
        console.log(ids.length, new Set(ids).size);
        const some = [...otherGoroutines(10, 14)];
        console.log(JSON.stringify(some.map(({ proc, goroutines, left }) => [proc, goroutines.length, left])));
        const { goroutines, elided } = dumpAll();
        console.log(elided, JSON.stringify(goroutines.map(({ name, creator }) => name + " by " + creator?.fn)
          .reduce((all, one) => ({ ...all, [one]: (all[one] ?? 0) + 1 }), {})));
        console.log(dumpAll(5).elided, runtime.stacks({ grouped: true }).match(/^\\d+ @ .*(?=\\[)/m)[0].split(" ")[0]);
        process.exit();
      }, { procs: 2 });`,
    );
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "[[1,10,0],[1,10,0],[1,6,0]]",
      "26 26",
      "[[1,10,0],[1,4,12]]",
      `0 {"main by undefined":1,"nest by startFar":1,"egg by nest":25}`,
      "21 25",
    ]);
  });

  it("of which a core computes are said to be unknown", async () => {
    const stdout = await output(`${HEAD}import { cores } from "#src/runtime/remote.ts";
      export const busy = portable(import.meta, function busy(words) {
        Atomics.store(words, 0, 1);
        Atomics.notify(words, 0);
        Atomics.wait(words, 1, 0, 30_000);
      });
      await run(function* main() {
        const words = new Int32Array(new SharedArrayBuffer(8));
        cores.startOn(1, busy, [words]);
        while (Atomics.load(words, 0) === 0) yield* sleep(1);
        console.log(runtime.stacks().split("\\n\\n").at(-1).trimEnd());
        console.log(JSON.stringify(JSON.parse(runtime.stacks({ format: "json" })).gortDump.lost));
        process.exit();
      }, { procs: 2 });`);
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "processor 1 computes and does not answer",
      `{"goroutinesElided":0,"processorsSilent":[1]}`,
    ]);
  });
});

describe("the options of stacks", () => {
  it("are refused when they are none", async () => {
    const stdout =
      await output(`${HEAD}for (const wrong of [7, null, { form: "text" }, { format: "xml" }, { grouped: 1 }]) {
      try { runtime.stacks(wrong); } catch (error) { console.log(error.code, error instanceof TypeError, error.message); }
    }`);
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "GORT_INVALID_OPTION true stacks: the options are an object, got the number 7",
      "GORT_INVALID_OPTION true stacks: the options are an object, got null",
      'GORT_INVALID_OPTION true stacks: there is no option "form" (format, grouped)',
      'GORT_INVALID_OPTION true stacks: format is "text", "json" or "pprof", got the string "xml"',
      "GORT_INVALID_OPTION true stacks: grouped is true or false, got the number 1",
    ]);
  });

  it("may be left out: a dump in Go's form", async () => {
    const text = await scene("");
    assert.deepEqual(summary(parseDump(text)), [
      "6 [running] asker > dump",
      ...[2, 3, 4].map((id) => `${id} [chan receive] worker > helper`),
      "5 [chan send] sender",
      "7 [runnable]",
    ]);
    const same = await scene(`{ format: "text", grouped: false }`);
    assert.deepEqual(summary(parseDump(same)), summary(parseDump(text)));
  });
});
