/**
 * Every file of src opens with a doc comment, and every symbol that an entry point exports has one where it is declared.
 */
import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { entries, sourceOf, sources } from "./house.ts";
import { scan } from "./scan.ts";

/** The exported names of `path` that have no doc comment, as `name (file)`. */
function undocumented(path: string, files: ReadonlyMap<string, string>): string[] {
  const missing: string[] = [];
  for (const [name, at] of exportsOf(path, files)) {
    if (!isDocumented(at.name, files.get(at.path) ?? "")) missing.push(`${name} (src/${at.path})`);
  }
  return missing.sort();
}

/** Where each exported name of `path` is declared, through any number of re-exports. */
function exportsOf(
  path: string,
  files: ReadonlyMap<string, string>,
): Map<string, { path: string; name: string }> {
  const source = files.get(path);
  if (source === undefined) throw new Error(`no src/${path}`);
  const { code, strings } = scan(source);
  const found = new Map<string, { path: string; name: string }>();
  const locals = new Map<string, { path: string; name: string }>();
  const target = (quote: number): string => posix.join(posix.dirname(path), strings.get(quote) ?? "");

  for (const all of code.matchAll(/\bexport\s+(?:type\s+)?\*\s*(?:as\s+(\w+)\s+)?from\s*(?=["'])/g)) {
    const file = target(all.index + all[0].length);
    if (all[1]) found.set(all[1], { path, name: all[1] });
    else for (const [name, at] of exportsOf(file, files)) if (name !== "default") found.set(name, at);
  }
  for (const list of code.matchAll(/\b(import|export)\s+(?:type\s+)?\{([^}]*)\}(\s*from\s*(?=["']))?/g)) {
    const file = list[3] === undefined ? undefined : target(list.index + list[0].length);
    for (const item of list[2]!.split(",").filter((text) => text.trim())) {
      const [, name = "", as = name] = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(item) ?? [];
      if (list[1] === "import") locals.set(as, { path: file ?? path, name });
      else if (file === undefined) found.set(as, locals.get(name) ?? { path, name });
      else found.set(as, { path: file, name });
    }
  }
  for (const one of code.matchAll(DECLARATION)) if (one[1]) found.set(one[2]!, { path, name: one[2]! });
  for (const [name, at] of found) {
    const further =
      at.path === path || !files.has(at.path) ? undefined : exportsOf(at.path, files).get(at.name);
    if (further) found.set(name, further);
  }
  return found;
}

const DECLARATION =
  /^(export\s+(?:default\s+)?)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\s*\*?|class|const|let|var|interface|type|namespace)\s+([\w$]+)/gm;

/** Whether some declaration of `name` at the left margin comes right after a doc comment. */
function isDocumented(name: string, source: string): boolean {
  for (const one of scan(source).code.matchAll(DECLARATION)) {
    if (one[2] !== name) continue;
    // A `// biome-ignore` may stand between the comment and what it is about.
    const above = source.slice(0, one.index).replace(/(?:^\/\/.*\n)+(?![\s\S])/m, "");
    const before = above.trimEnd();
    const start = before.lastIndexOf("/*");
    // The file's own comment does not count for its first declaration: an import or a blank line parts the two.
    if (before.endsWith("*/") && before.startsWith("/**", start) && !/\n\s*\n\s*$/.test(above)) return true;
  }
  return false;
}

/** Whether a file's first words (after a #! line) are a doc comment. */
function opens(source: string): boolean {
  return /^(?:#!.*\n)?\/\*\*(?!\/)/.test(source);
}

describe("the documentation", () => {
  it("opens every file of src", () => {
    const silent = [...sources()].filter(([, source]) => !opens(source)).map(([path]) => path);
    assert.deepEqual(silent, []);
    for (const source of ["", "import 'x';\n/** Late. */", "// Thin.\n", "/* Thin. */", "\n/** Late. */"]) {
      assert.equal(opens(source), false, source);
    }
    assert.equal(opens("#!/usr/bin/env node\n/** Good. */"), true);
  });

  for (const { specifier, code } of entries()) {
    it(`of "${specifier}" says something about every symbol`, () => {
      const files = sources();
      assert.ok(exportsOf(sourceOf(code ?? ""), files).size > 0, "nothing is exported: is the reader right?");
      assert.deepEqual(undocumented(sourceOf(code ?? ""), files), []);
    });
  }

  it("is missed where it is missing", () => {
    const files = new Map([
      [
        "index.ts",
        'export { a, type B, c as d, f } from "./x.ts";\nexport * from "./y.ts";\nimport { E } from "./x.ts";\nexport { E };',
      ],
      [
        "x.ts",
        '/** A file. */\n\nexport const a = 1;\n/** Yes. */\nexport interface B {}\n// No.\nexport function c() {}\nexport class E {}\nexport { f } from "./z.ts";',
      ],
      [
        "y.ts",
        "/** Yes. */\n// biome-ignore x: y.\n// z\nexport function* g() {}\n/* No. */\nexport type H = 1;\n/** Yes. */\nfunction i() {}\nexport { i };",
      ],
      ["z.ts", "export abstract class f {}"],
    ]);
    assert.deepEqual([...exportsOf("index.ts", files).keys()].sort(), [
      "B",
      "E",
      "H",
      "a",
      "d",
      "f",
      "g",
      "i",
    ]);
    assert.deepEqual(undocumented("index.ts", files), [
      "E (src/x.ts)",
      "H (src/y.ts)",
      "a (src/x.ts)",
      "d (src/x.ts)",
      "f (src/z.ts)",
    ]);
  });
});
