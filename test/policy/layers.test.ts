/**
 * The house stands as layers.txt and the rules say, and the rules do find what they forbid.
 *
 * Every rule is first tried on a small house with one violation planted in it: a rule that finds nothing there would
 * find nothing here.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { entries, manifest, read, sourceOf, sources } from "./house.ts";
import { type House, MAX_LINES, parseLayers, violations } from "./rules.ts";
import { importsOf, scan, topLevelAwaits } from "./scan.ts";

describe("the house", () => {
  it("has no violation of its rules", () => {
    const house: House = {
      sources: sources(),
      layers: parseLayers(read("layers.txt")),
      exported: new Set(entries().map(({ code }) => sourceOf(code ?? ""))),
      packages: new Set(Object.keys(manifest.peerDependencies ?? {})),
    };
    assert.ok(house.sources.has("index.ts"), "src/index.ts was not found: is the root right?");
    assert.deepEqual(violations(house), []);
  });

  it("has the layers that its folders name", () => {
    const layers = parseLayers(read("layers.txt"));
    assert.deepEqual([...layers.get("base")!], []);
    for (const layer of ["shm", "runtime", "chan", "time"]) assert.ok(layers.get("index")!.has(layer), layer);
    assert.ok(!layers.get("runtime")!.has("parallel"), "runtime must stand without parallel");
    assert.ok(!layers.get("runtime")!.has("portable"), "runtime and portable are neighbours");
  });
});

describe("layers.txt", () => {
  it("is read as a transitive order", () => {
    const layers = parseLayers("# a comment; with < in it\nNONE < a < {b, c}; {b, c} < d; c < e");
    const seen = Object.fromEntries(
      [...layers].map(([layer, below]) => [layer, [...below].sort().join(" ")]),
    );
    assert.deepEqual(seen, { a: "", b: "a", c: "a", d: "a b c", e: "a c" });
  });

  it("is refused when it has a cycle", () => {
    assert.throws(() => parseLayers("NONE < a < b < c; c < a"), /cycle/);
    assert.throws(() => parseLayers("a < a"), /cycle/);
  });

  it("is refused when it cannot be read", () => {
    for (const text of ["a > b", "a", "a < {b", "a < {b,}", "a < NONE", "a b < c"]) {
      assert.throws(() => parseLayers(text), SyntaxError, text);
    }
  });
});

/** A house of the given sources, over the layers base < runtime < chan < net < cli; it always has a waist. */
function house(planted: Record<string, string>): House {
  const sound = {
    "base/ring.ts": "export class Ring {}\n",
    "runtime/kernel.ts": 'import { Ring } from "../base/ring.ts";\nexport const park = Ring;\n',
    "runtime/timers.ts": "export const timers = [];\n",
    "chan/hchan.ts": 'import { park } from "../runtime/kernel.ts";\nexport const chan = park;\n',
    "index.ts": 'export { chan } from "./chan/hchan.ts";\n',
  };
  return {
    sources: new Map(Object.entries({ ...sound, ...planted })),
    layers: parseLayers("NONE < base < shm < runtime < chan < net < cli; chan < index"),
    exported: new Set(["index.ts", "net/index.ts"]),
    packages: new Set(["a-peer"]),
  };
}

describe("the rules", () => {
  it("find nothing in a sound house", () => {
    assert.deepEqual(violations(house({})), []);
  });

  const planted: [rule: string, path: string, source: string, found: RegExp][] = [
    [
      "looking up",
      "base/up.ts",
      'import { chan } from "../chan/hchan.ts";',
      /up\.ts:1 .*base may not look at chan/,
    ],
    [
      "looking up for a type",
      "base/up.ts",
      '\nimport type { X } from "../chan/hchan.ts";',
      /up\.ts:2 .*may not look/,
    ],
    ["looking up in a type", "base/up.ts", 'type X = import("../chan/hchan.ts").X;', /may not look at chan/],
    ["looking up later", "base/up.ts", 'const x = () => import("../chan/hchan.ts");', /may not look at chan/],
    ["looking up in a template", "base/up.ts", "import(`../chan/hchan.ts`);", /may not look at chan/],
    ["re-exporting from above", "base/up.ts", 'export * from "../chan/hchan.ts";', /may not look at chan/],
    ["importing for effect", "base/up.ts", 'import "../chan/hchan.ts";', /may not look at chan/],
    [
      "looking up by URL",
      "base/up.ts",
      'import(new URL("../chan/hchan.js", import.meta.url).href);',
      /may not look at chan/,
    ],
    ["looking up through #src", "base/up.ts", 'import "#src/chan/hchan.ts";', /may not look at chan/],
    [
      "looking up over several lines",
      "base/up.ts",
      'import {\n  a,\n  b,\n} from "../chan/hchan.ts";',
      /may not look/,
    ],
    [
      "looking up from deep down",
      "base/a/b/up.ts",
      'import "../../../chan/hchan.ts";',
      /may not look at chan/,
    ],
    [
      "looking at the door",
      "chan/door.ts",
      'import { chan } from "../index.ts";',
      /chan may not look at index/,
    ],
    ["a file that is not there", "chan/gone.ts", 'import "./nothing.ts";', /no src\/chan\/nothing\.ts/],
    ["an unknown layer", "helpers/x.ts", "export {};", /in no layer/],
    ["a file beside the door", "util.ts", "export {};", /in no layer/],
    [
      "going round the waist",
      "chan/x.ts",
      'import { timers } from "../runtime/timers.ts";',
      /only the waist/,
    ],
    [
      "going round it for a type",
      "chan/x.ts",
      'import type { T } from "../runtime/timers.ts";',
      /only the waist/,
    ],
    ["Atomics", "runtime/x.ts", "Atomics.add(a, 0, 1);", /x\.ts:1 says Atomics/],
    ["performance.now", "runtime/x.ts", "const t = performance.now();", /reads the time/],
    ["Date.now", "runtime/x.ts", "const t = Date . now();", /reads the time/],
    ["process.hrtime", "runtime/x.ts", "const t = process.hrtime.bigint();", /reads the time/],
    ["new Date()", "runtime/x.ts", "const t = new Date();", /reads the time/],
    ["Date()", "runtime/x.ts", "const t = Date();", /reads the time/],
    ["time in a template", "runtime/x.ts", "const t = `${Date.now()}`;", /reads the time/],
    ["Math.random", "runtime/x.ts", "const n = Math.random();", /makes randomness/],
    ["crypto", "runtime/x.ts", "crypto.getRandomValues(a);", /makes randomness/],
    ["node:crypto", "runtime/x.ts", 'import { randomInt } from "node:crypto";', /only base\/rand\.ts may/],
    ["node:net", "net/x.ts", 'import { connect } from "node:net";', /only net\/node-transport\.ts may/],
    ["tls without a prefix", "net/x.ts", 'const tls = require("tls");', /only net\/node-transport\.ts may/],
    ["a dependency", "chan/x.ts", 'import { x } from "left-pad";', /no dependencies/],
    ["gort importing itself", "chan/x.ts", 'import { x } from "gort";', /no dependencies/],
    ["a long file", "chan/x.ts", "export {};\n".repeat(MAX_LINES + 1), /has 401 lines/],
    ["an index.ts", "chan/index.ts", "export {};", /index\.ts that package\.json does not export/],
    ["await at top level", "chan/x.ts", "const x = 1;\nawait x;", /x\.ts:2 awaits at top level/],
  ];
  for (const [rule, path, source, found] of planted) {
    it(`find ${rule}`, () => {
      const all = violations(house({ [path]: source }));
      assert.ok(
        all.some((one) => found.test(one)),
        `${found} is not in ${JSON.stringify(all)}`,
      );
    });
  }

  const allowed: [what: string, path: string, source: string][] = [
    [
      "a word in a comment",
      "chan/x.ts",
      "/** Atomics, Date.now and Math.random */\n// performance.now()\nexport {};",
    ],
    ["a word in a text", "chan/x.ts", "const s = \"Math.random() `\" + 'await' + `Date.now() ${1} Atomics`;"],
    ["an import in a comment", "base/x.ts", '// import { chan } from "../chan/hchan.ts";\nexport {};'],
    ["an import in a text", "base/x.ts", "const s = 'import { chan } from \"../chan/hchan.ts\"';"],
    ["Atomics where it belongs", "shm/atomic.ts", "export const add = Atomics.add;"],
    ["the time where it belongs", "runtime/clock.ts", "export const now = () => performance.now();"],
    ["a date that is given", "runtime/x.ts", "export const d = (ms: number) => new Date(ms);"],
    ["the type Date", "runtime/x.ts", "export const f = (d: Date) => d instanceof Date;"],
    ["randomness where it belongs", "base/rand.ts", "export const r = () => Math.random();"],
    ["a hash", "base/x.ts", 'import { createHash } from "node:crypto";'],
    ["sockets where they belong", "net/node-transport.ts", 'import { connect } from "node:net";'],
    ["a peer dependency", "cli/x.ts", 'import("a-peer");'],
    ["the runtime's inside from above", "cli/x.ts", 'import { timers } from "../runtime/timers.ts";'],
    ["an exported index.ts", "net/index.ts", "export {};"],
    ["a file of exactly the limit", "chan/x.ts", "export {};\n".repeat(MAX_LINES)],
  ];
  for (const [what, path, source] of allowed) {
    it(`allow ${what}`, () => assert.deepEqual(violations(house({ [path]: source })), []));
  }
});

describe("the scanner", () => {
  it("keeps code, and blanks comments and texts in place", () => {
    const source = 'a /* b */ "c" `d${e + "f"}g${{ h: 1 }}i`, /j[/]k/ // l\nm / n / o';
    const { code, strings } = scan(source);
    assert.equal(code.length, source.length);
    assert.equal(code.replace(/[ ]+/g, ""), 'a""`${e+""}${{h:1}}`,//\nm/n/o');
    assert.deepEqual([...strings.values()], ["c", "f"]);
  });

  it("is not misled by quotes inside literals", () => {
    for (const literal of ['"a\\"b"', "'a\\'b'", "`a\\`b`", "/a\"b'`/", '/[/"]/', "`${`${'}'}`}`"]) {
      const { code } = scan(`x = ${literal}; Atomics;`);
      assert.ok(code.includes("; Atomics;"), `${literal} gave ${JSON.stringify(code)}`);
    }
  });

  it("sees every form of import", () => {
    const forms = [
      'import a from "1"',
      'import "2"',
      'export * from "3"',
      'import("4")',
      'require("5")',
      'import type { x } from "6"',
    ];
    assert.deepEqual(
      importsOf(scan(forms.join(";\n"))).map(({ specifier, line }) => `${specifier}@${line}`),
      ["1@1", "2@2", "3@3", "4@4", "5@5", "6@6"],
    );
  });

  it("finds an await that no async function surrounds", () => {
    for (const code of [
      "await x;",
      "if (a) { await x; }",
      "for await (const x of y) {}",
      "export const x = await y;",
      "async function f() {}\nawait x;",
      "async function f() {}\nif (a) { await x }",
      "const f = async () => 1; const g = [await x];",
      "const f = async () => { await 1; };\n{ await x; }",
    ]) {
      assert.equal(topLevelAwaits(scan(code)).length, 1, code);
    }
  });

  it("leaves an await of an async function alone", () => {
    for (const code of [
      "async function f() { await x; }",
      "async function f(): Promise<{ a: number }> { if (b) { for (const c of d) { await x; } } }",
      "const f = async () => await x;",
      "const f = async (a: A, { b }: B) => { try { await x } catch {} };",
      "g(async () => { await x; });",
      "const o = { async m() { await x; }, n: async () => { for await (const a of b) {} } };",
      "class C { static async *m() { yield await x; } n() {} }",
      "const s = await_; const t = o.await; const u = { await: 1 };",
    ]) {
      assert.deepEqual(topLevelAwaits(scan(code)), [], code);
    }
  });
});
