/**
 * The command line: what is bad usage, and that it is one line on stderr and exit code 64.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gort, ROOT } from "./cli-gort.ts";

const BAD: readonly (readonly [args: string[], says: RegExp])[] = [
  [[], /no command.*usage: gort run/],
  [["walk"], /unknown command "walk".*usage: gort run/],
  [["--walk"], /unknown option "--walk".*usage: gort run/],
  [["trace"], /no FILE.*usage: gort trace/],
  [["trace", ""], /no FILE/],
  [["trace", "--walk", "x"], /unknown option "--walk".*usage: gort trace/],
  [["trace", "--json=1", "x"], /unknown option "--json=1"/],
  [["trace", "x", "y"], /takes one FILE, got "y" as well/],
  [["trace", "x", "--perfetto"], /--perfetto needs a file/],
  [["trace", "x", "--perfetto="], /--perfetto needs a file/],
  [["trace", "x", "--json", "--perfetto", "y"], /--json and --perfetto/],
  [["trace", "x", "--perfetto", "lib"], /--perfetto "lib" is a directory/],
  [["version", "please"], /takes no argument/],
  [["run"], /no FILE.*usage: gort run/],
  [["run", "--"], /no FILE/],
  [["run", ""], /no FILE/],
  [["run", "--walk", "hello.ts"], /unknown option "--walk".*usage: gort run/],
  [["run", "-x", "hello.ts"], /unknown option "-x"/],
  [["run", "--trace"], /--trace needs a file/],
  [["run", "--trace=", "hello.ts"], /--trace needs a file/],
  [
    ["run", "--trace", "no-such-folder/x.trace", "hello.ts"],
    /--trace: the file "no-such-folder\/x.trace" cannot be written/,
  ],
  [["run", "--ui=x", "hello.ts"], /--ui is a port.*got "x"/],
  [["run", "--ui", "70000", "hello.ts"], /--ui is a port.*got "70000"/],
  [["run", "--ui"], /no FILE/],
  [["run", "--schedtrace"], /--schedtrace needs a number/],
  ...["0", "-1", "1.5", "often", "", "1e3", "2147483648"].map(
    (ms) =>
      [
        ["run", "--schedtrace", ms, "hello.ts"],
        /--schedtrace is an integer of at least 1 \(milliseconds\), got "/,
      ] as [string[], RegExp],
  ),
  [["run", "--procs"], /--procs needs a number/],
  ...["0", "-1", "1.5", "many", "", "1e1", "99999999999999999999"].map(
    (n) => [["run", "--procs", n, "hello.ts"], /--procs is an integer of at least 1/] as [string[], RegExp],
  ),
  [["run", "--procs=0", "hello.ts"], /--procs is an integer of at least 1, got "0"/],
  [["run", "nowhere.ts"], /FILE "nowhere.ts" does not exist/],
  [["run", "hello.ts/below.ts"], /FILE "hello.ts\/below.ts" does not exist/],
  [["run", "lib"], /FILE "lib" is a directory/],
  [["run", "../../../../README.md"], /FILE ".*README.md" is not one of .ts/],
  [["run", "-"], /FILE "-" does not exist/],
];

for (const [args, says] of BAD) {
  test(`bad usage: gort ${args.map((arg) => (arg === "" ? '""' : arg)).join(" ")}`, async () => {
    const { code, stdout, stderr } = await gort(args);
    assert.match(stderr, says);
    assert.match(stderr, /^gort[^\n]*\n$/, "one line");
    assert.deepEqual([stdout, code], ["", 64]);
  });
}

for (const value of ["0", "-1", "many", "2x"]) {
  test(`bad usage: GOMAXPROCS=${value}`, async () => {
    const { code, stdout, stderr } = await gort(["run", "plain.mjs"], { env: { GOMAXPROCS: value } });
    assert.equal(
      stderr,
      `gort run: GOMAXPROCS in the environment is an integer of at least 1, got "${value}"\n`,
    );
    assert.deepEqual([stdout, code], ["", 64]);
  });
}

test("gort version prints the package's version", async () => {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { version: string };
  for (const word of ["version", "--version"]) {
    const { code, stdout, stderr } = await gort([word]);
    assert.equal(stdout.split(" ").slice(0, 2).join(" "), `gort ${version}`);
    assert.deepEqual([stderr, code], ["", 0]);
  }
});

test("help is on stdout, with exit code 0", async () => {
  for (const args of [["help"], ["--help"], ["-h"], ["run", "--help"], ["run", "--procs", "2", "-h"]]) {
    const { code, stdout, stderr } = await gort(args);
    assert.match(
      stdout,
      /usage:\n {2}gort run \[--procs N\] \[--trace FILE\] \[--ui \[PORT\]\] \[--schedtrace MS\] FILE/,
    );
    assert.deepEqual([stderr, code], ["", 0]);
  }
});

test("--procs and GOMAXPROCS set the number of processors, the option first", async () => {
  const procs = async (args: string[], env = {}): Promise<string> =>
    (await gort(["run", ...args], { env })).stdout;
  const seen = (n: number): string => `false ${n}\nby itself\n`;
  assert.equal(await procs(["--procs", "3", "plain.mjs"]), seen(3));
  assert.equal(await procs(["--procs=5", "--", "plain.mjs"]), seen(5));
  assert.equal(await procs(["plain.mjs"], { GOMAXPROCS: "7" }), seen(7));
  assert.equal(await procs(["--procs", "3", "plain.mjs"], { GOMAXPROCS: "7" }), seen(3));
});
