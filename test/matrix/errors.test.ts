/**
 * Every way in which a portable goroutine can go wrong ends at once, with the error that the contract names and a
 * message that says what to do.
 *
 * In full from plain modules, which need no tool; once from the other kinds where something of their own decides.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { bin, type Ended, missing, Project } from "./project.ts";

const project = new Project();
after(() => project.remove());

let count = 0;

/** A folder with fixtures/elsewhere.mjs and these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const name = `errors-${++count}`;
  const folder = project.place(name, ["elsewhere.mjs"]);
  for (const [file, text] of Object.entries(files)) project.write(`${name}/${file}`, text);
  return folder;
}

const HEAD = `import { isMainThread } from "node:worker_threads";
import { writeFileSync } from "node:fs";
import { go, portable, run, runtime, sleep } from "gort";
import { meet, seen, show, untilSeen } from "./elsewhere.mjs";
`;

/** Runs `f` of work.mjs on another core (this one is held until that one has the file), and shows what it gave. */
const ELSEWHERE = `${HEAD}
const { f } = await import("./work.mjs");
/*edit*/
await run(function* main() {
  const handle = go(f, 7);
  untilSeen();
  try {
    console.log("result", yield* handle);
  } catch (error) {
    show(error);
  }
});
`;

/** The URL of a file in `text` becomes FILE, that of its folder FOLDER. */
function plain(text: string): string {
  return text
    .replaceAll(/file:\S*?\/work\.(?:mjs|ts)/g, "FILE")
    .replaceAll(/file:\S*?\/errors-\d+\//g, "FOLDER/");
}

/** What the program prints when \`f\` of \`work\` runs on another core. */
async function elsewhere(work: string, edit = ""): Promise<string> {
  const folder = folderOf({ "work.mjs": HEAD + work, "main.mjs": ELSEWHERE.replace("/*edit*/", edit) });
  const { code, stdout, stderr } = await project.node(["main.mjs"], folder);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, stdout);
  return plain(stdout);
}

/** What a program of one file prints. */
async function printed(source: string, args: readonly string[] = []): Promise<string> {
  const folder = folderOf({ "main.mjs": HEAD + source });
  const { code, stdout, stderr } = await project.node([...args, "main.mjs"], folder);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, stdout);
  return stdout.replaceAll(/file:\S*?\/main\.mjs/g, "MAIN");
}

const F = "export const f = portable(function* f(n) { return [runtime.procId(), n]; });\n";
const STALE =
  "StalePortableError GORT_STALE: the portable function f has another text on this core than where it was started: FILE changed between two loads, or is loaded in different ways; start the program again\n";

describe("what another core finds in the file", () => {
  it("is the function: the other tests show something", async () => {
    // When the other core has loaded the file, either may take it.
    assert.match(await elsewhere(`seen();\n${F}`), /^result \[ [01], 7 \]\n$/);
  });

  it("GORT_STALE: the file was edited between two loads", async () => {
    const edit = `writeFileSync(new URL("./work.mjs", import.meta.url), ${JSON.stringify(`${HEAD}seen();\n${F.replace(", n]", ", n + 1]")}`)});`;
    assert.equal(await elsewhere(`seen();\n${F}`, edit), STALE);
  });

  it("GORT_NOT_FOUND: portable() stands in a condition", async () => {
    assert.equal(
      await elsewhere(`seen();\n${F.replace("= portable", "= isMainThread && portable")}`),
      "PortableNotFoundError GORT_NOT_FOUND: the portable function f is not there when FILE is imported on another core: call portable() at module level, not inside a function or a condition, and in a wrapper around it pass import.meta on\n",
    );
  });

  it("GORT_IMPORT_SIDE_EFFECT: a goroutine is started at top level", async () => {
    const said =
      "ImportSideEffectError GORT_IMPORT_SIDE_EFFECT: FILE: the goroutine top is started at the top level of a file that another core imports for its portable functions: every core would start it; start it from main: export function* main() with gort run, or run(main) at the foot of the file\n";
    assert.equal(await elsewhere(`seen();\n${F}go(function* top() {});\n`), said);
    assert.equal(await elsewhere(`seen();\ngo(function* top() {});\n${F}`), said);
  });

  it("GORT_IMPORT_FAILED: the file throws, before or after portable()", async () => {
    const throws = 'seen();\nif (!isMainThread) throw new RangeError("not here");\n';
    const said =
      "PortableImportError GORT_IMPORT_FAILED: another core cannot import FILE, the file of a portable function: RangeError: not here\ncause: RangeError: not here\n";
    assert.equal(await elsewhere(throws + F), said);
    assert.equal(await elsewhere(F + throws), said);
  });

  it("GORT_NOT_SENDABLE: the result", async () => {
    assert.equal(
      await elsewhere(
        "class Db {}\nexport const f = portable(function* f() { seen(); return { rows: [{ db: new Db() }] }; });\n",
      ),
      "NotSendableError GORT_NOT_SENDABLE: result of f: .rows[0].db is a Db: a copy would lose its class: send its data, and make a Db of it there\n",
    );
  });
});

describe("what is wrong where it is written", () => {
  it("GORT_DUPLICATE: the same text and name twice", async () => {
    assert.equal(
      await printed(`
try { for (let i = 0; i < 2; i++) portable(function* twice() {}); } catch (error) { show(error); }
try { portable("a", () => 1); portable("b", () => 1); console.log("named"); } catch (error) { show(error); }
`),
      'DuplicatePortableError GORT_DUPLICATE: the portable function twice is registered twice by MAIN: another core could not tell the two apart; call portable() once for each function, at module level, and give equal ones names: portable("a name", fn)\nnamed\n',
    );
  });

  it("GORT_INLINE: portable() in a goroutine", async () => {
    assert.equal(
      await printed(
        "await run(function* main() { try { portable(function* inner() {}); } catch (error) { show(error); } });",
      ),
      "InlinePortableError GORT_INLINE: portable() was called inside a goroutine for the portable function inner: no other core could find it; call portable() at module level, and pass what the function needs as arguments\n",
    );
  });

  it("GORT_NO_URL: the file cannot be told, until import.meta tells it", async () => {
    const source = `
for (const args of [[function* f() {}], [import.meta, function* g() {}]])
  try { portable(...args); console.log("fine"); } catch (error) { show(error); }
`;
    const said =
      "PortableUrlError GORT_NO_URL: no file called portable() for the portable function f: other cores import the file that a portable function is in; put it into a file of its own, and where the caller's file cannot be told pass it: portable(import.meta, fn)\n";
    assert.equal(await printed(source, ["--frozen-intrinsics", "--no-warnings"]), `${said}fine\n`);
    const line =
      'import { portable } from "gort"; try { portable(function* f() {}); } catch (error) { console.log(error.constructor.name, error.code + ": " + error.message); }';
    const { stdout } = await project.node(["--input-type=module", "-e", line]);
    assert.equal(stdout, said);
  });

  it("GORT_NOT_SENDABLE: an argument, at go, and nothing is sent", async () => {
    assert.equal(
      await printed(`
import { Socket } from "node:net";
const crunch = portable(function* crunch() { console.log("ran"); });
await run(function* main() { try { go(crunch, 1, { rows: [{ db: new Socket() }] }); } catch (error) { show(error); } });
`),
      "NotSendableError GORT_NOT_SENDABLE: argument 2 of crunch: .rows[0].db is a Socket: it lives on the core that made it: keep it there and send data\n",
    );
  });
});

describe("a core that ends", () => {
  const EXITS = `
const f = portable(function* f(words) {
  meet(words);
  if (runtime.procId() !== 0) process.exit(3);
  return "alive";
});
const add = portable(function* add(n) { return n; });
`;

  it("process.exit in a goroutine: ProcessorLostError, and no other is harmed", async () => {
    const stdout = await printed(`${EXITS}
await run(function* main() {
  const beside = go(function* beside() { yield* sleep(20); return "beside"; });
  const words = new Int32Array(new SharedArrayBuffer(4));
  const two = Promise.allSettled([go(f, words), go(f, words)]);
  const many = Array.from({ length: 100 }, (_, i) => go(add, i));
  let sum = 0;
  for (const handle of many) sum += yield* handle;
  console.log(sum, yield* beside);
  const [a, b] = yield* go(async () => await two);
  const lost = a.status === "rejected" ? a : b;
  console.log((lost === a ? b : a).value);
  console.log(lost.reason.constructor.name, lost.reason.code, lost.reason.message.replace(/goroutine \\d+/, "goroutine N"));
  // Another machine is started in its place.
  const again = new Int32Array(new SharedArrayBuffer(4));
  const [c, d] = yield* go(async () => await Promise.allSettled([go(f, again), go(f, again)]));
  console.log([c.status, d.status].sort().join());
});
`);
    assert.equal(
      stdout,
      "4950 beside\nalive\nProcessorLostError GORT_PROCESSOR_LOST the processor that ran goroutine N (f) is lost: its thread has ended (out of memory, or process.exit); what it had done is not undone\nfulfilled,rejected\n",
    );
  });

  it("nobody waits for the goroutine: a panic", async () => {
    const folder = folderOf({
      "main.mjs": `${HEAD}${EXITS}
await run(function* main() {
  const words = new Int32Array(new SharedArrayBuffer(4));
  go(f, words);
  go(f, words);
  yield* sleep(30_000);
});
`,
    });
    const { code, stderr } = await project.node(["main.mjs"], folder);
    assert.match(
      stderr,
      /^panic: the processor that ran goroutine \d+ \(f\) is lost: .*\n\ngoroutine \d+ \[running\]:\n/,
    );
    assert.equal(code, 2);
  });
});

describe("GOMAXPROCS in the environment", () => {
  const source = `${HEAD}
const add = portable(function* add(n) { return n + 1; });
await run(function* main() { console.log(yield* go(add, 1)); });
`;
  const runs = (text: string, args: readonly string[] = []): Promise<Ended> =>
    project.node([...args, "main.mjs"], folderOf({ "main.mjs": source }), { GOMAXPROCS: text });

  for (const text of ["0", "-1", "many"]) {
    it(`${text} is refused`, async () => {
      const { code, stdout, stderr } = await runs(text);
      assert.match(
        stderr,
        new RegExp(`RangeError\\]?: GOMAXPROCS is an integer of at least 1, got "${text}"`),
      );
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      assert.deepEqual(await runs(text, [project.gort, "run"]), {
        code: 64,
        stdout: "",
        stderr: `gort run: GOMAXPROCS in the environment is an integer of at least 1, got "${text}"\n`,
      });
    });
  }

  it("1, and more than there are cores, do", async () => {
    for (const text of ["1", "5"]) assert.deepEqual(await runs(text), { code: 0, stdout: "2\n", stderr: "" });
  });
});

describe("from other kinds of file", () => {
  const work = `import { writeFileSync } from "node:fs";
import { portable, runtime } from "gort";
import { seen } from "./elsewhere.mjs";
seen();
export const f = portable(function* f(n: number) { return [runtime.procId(), n]; });
`;
  const main = ELSEWHERE.replace("./work.mjs", "./work.ts").replace(
    "/*edit*/",
    `writeFileSync(new URL("./work.ts", import.meta.url), ${JSON.stringify(work.replace("n]", "n + 1]"))});`,
  );

  it("GORT_STALE: gort run", async () => {
    const folder = folderOf({ "work.ts": work, "main.mts": main });
    const { code, stdout, stderr } = await project.node([project.gort, "run", "main.mts"], folder);
    assert.deepEqual([code, plain(stdout), stderr], [0, STALE, ""]);
  });

  it("GORT_STALE: tsx", { skip: missing("tsx") }, async () => {
    const folder = folderOf({ "work.ts": work, "main.mts": main });
    const { code, stdout, stderr } = await project.node([bin("tsx"), "main.mts"], folder);
    assert.deepEqual([code, plain(stdout), stderr], [0, STALE, ""]);
  });

  for (const tool of ["esbuild", "rolldown"]) {
    it(`GORT_DUPLICATE: two modules of one bundle (${tool})`, { skip: missing(tool) }, async () => {
      const twin =
        'import { portable } from "gort";\nexport const fn = portable(function* () { return 1; });\n';
      const folder = folderOf({
        "a.mjs": twin,
        "b.mjs": twin,
        "main.mjs":
          'import { fn as a } from "./a.mjs";\nimport { fn as b } from "./b.mjs";\nconsole.log(a, b);\n',
      });
      const args =
        tool === "esbuild"
          ? ["main.mjs", "--bundle", "--minify", "--platform=node", "--format=esm", "--outfile=out.mjs"]
          : ["main.mjs", "--minify", "--platform=node", "--format=esm", "--file=out.mjs"];
      const built = await project.node([bin(tool), ...args], folder);
      assert.equal(built.code, 0, built.stderr);
      const { code, stderr } = await project.node(["out.mjs"], folder);
      assert.match(stderr, /is registered twice by file:\S*\/out\.mjs/);
      assert.match(stderr, /code: ["']GORT_DUPLICATE["']/);
      assert.equal(code, 1);
    });
  }
});
