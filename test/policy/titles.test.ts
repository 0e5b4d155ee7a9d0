/**
 * Every promise and every difference that docs/ lists names the tests that show it, and those tests are there: a title that was
 * changed, or moved to another file, is missed here.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { read, root } from "./house.ts";

interface Cited {
  readonly line: number;
  /** Below test/. */
  readonly path: string;
  readonly titles: readonly string[];
}

/** What the last column of the tables in `text` cites: `path` "title", "title", `path` "title". */
function citations(text: string): Cited[] {
  const found: Cited[] = [];
  for (const [index, row] of text.split("\n").entries()) {
    const cell = /\|([^|]*)\|\s*$/.exec(row)?.[1] ?? "";
    for (const [, path = "", behind = ""] of cell.matchAll(/`([^`]+\.ts)`([^`]*)/g)) {
      const titles = [...behind.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title);
      found.push({ line: index + 1, path, titles });
    }
  }
  return found;
}

/** Whether `source` has a test of that title, or of one that begins so or has it inside; what stands in `${}` may be anything. */
function hasTitle(source: string, title: string): boolean {
  if (source.includes(title)) return true;
  return [...source.matchAll(/`([^`\n]*\$\{[^`\n]*)`/g)].some(([, template = ""]) => {
    const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
    return parts.join("").trim() !== "" && new RegExp(`^${parts.join(".*")}$`).test(title);
  });
}

/** The rows of `text` of which a test is not there, or that name a file and no title. */
function missing(text: string, source: (path: string) => string | undefined): string[] {
  const wrong: string[] = [];
  for (const { line, path, titles } of citations(text)) {
    const tests = source(path);
    if (tests === undefined) wrong.push(`line ${line}: no test/${path}`);
    else if (titles.length === 0) wrong.push(`line ${line}: no title behind ${path}`);
    else {
      for (const title of titles)
        if (!hasTitle(tests, title)) wrong.push(`line ${line}: no "${title}" in ${path}`);
    }
  }
  return wrong;
}

describe("the tests that the contract names", () => {
  for (const document of ["docs/guarantees.md", "docs/differences-from-go.md"]) {
    it(`are there: ${document}`, () => {
      const text = read(document);
      assert.ok(citations(text).length > 40, "hardly a test is named: is the reader right?");
      const source = (path: string): string | undefined =>
        existsSync(join(root, "test", path)) ? read(`test/${path}`) : undefined;
      assert.deepEqual(missing(text, source), []);
    });
  }

  it("stand beside every promise", () => {
    const rows = read("docs/guarantees.md")
      .split("\n")
      .filter((row) => row.startsWith("| ") && !row.startsWith("| promise |"));
    assert.deepEqual(
      rows.filter((row) => citations(row).length === 0),
      [],
    );
  });

  it("are missed where they are not", () => {
    const tests = 'it("one holds", f); it(`two of ${n}, again`, f); it(`${name}`, f);';
    const source = (path: string): string | undefined => (path === "a.test.ts" ? tests : undefined);
    const judge = (cell: string): string[] => missing(`| p | ${cell} |`, source);
    assert.deepEqual(judge('`a.test.ts` "one holds", "two of", "two of 5, again"'), []);
    assert.deepEqual(judge('`a.test.ts` "one holds", "two of 5", `b.test.ts` "one holds", `a.test.ts`'), [
      'line 1: no "two of 5" in a.test.ts',
      "line 1: no test/b.test.ts",
      "line 1: no title behind a.test.ts",
    ]);
    assert.deepEqual(judge('`a.test.ts` "three"'), ['line 1: no "three" in a.test.ts']);
  });
});
