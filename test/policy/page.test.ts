/**
 * The live page stays small and by itself: its size as a browser gets it, whom its sources import, how long its files are.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { PAGE, root } from "./house.ts";
import { MAX_LINES } from "./rules.ts";

const LIMIT = 80 * 1024;
const built = join(root, "dist", PAGE);
const source = join(root, "src", PAGE);

/** Besides its own files: types, and three tables that import nothing themselves. */
const MAY_IMPORT = new Set([
  "preact",
  "preact/hooks",
  "@preact/signals",
  "uplot",
  "../protocol.ts",
  "../../trace/events.ts",
  "../../runtime/wait-reason.ts",
]);

function strangers(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)]
    .map(([, specifier = ""]) => specifier)
    .filter((specifier) => !specifier.startsWith("./") && !MAY_IMPORT.has(specifier));
}

describe("the live page", () => {
  it(`is below ${LIMIT / 1024} KiB as a browser gets it`, () => {
    const names = readdirSync(built).sort();
    const plain = ["icon.svg", "index.html", "page.css", "page.js"];
    assert.deepEqual(names, [...plain.flatMap((name) => [name, `${name}.gz`]), "licenses.txt"].sort());
    const licenses = readFileSync(join(built, "licenses.txt"), "utf8");
    for (const name of ["preact", "@preact/signals", "uplot"])
      assert.ok(licenses.includes(`\n${name}\n`), name);
    for (const name of plain)
      assert.deepEqual(
        gunzipSync(readFileSync(join(built, `${name}.gz`))),
        readFileSync(join(built, name)),
        name,
      );
    const size = plain.reduce((sum, name) => sum + statSync(join(built, `${name}.gz`)).size, 0);
    assert.ok(size > 10_000 && size < LIMIT, `${size} bytes`);
  });

  it("has neither inline script nor style, nor an address of anybody else's", () => {
    const html = readFileSync(join(built, "index.html"), "utf8");
    assert.doesNotMatch(html, /<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
    for (const name of ["index.html", "page.css"])
      assert.doesNotMatch(readFileSync(join(built, name), "utf8"), /https?:|url\(|\/\//, name);
    assert.doesNotMatch(
      readFileSync(join(built, "page.js"), "utf8"),
      /\beval\(|new Function\(|importScripts/,
    );
  });

  it("imports its own files, its libraries and what tells its data", () => {
    const files = readdirSync(source);
    assert.ok(files.length > 20);
    for (const name of files.filter((one) => /\.tsx?$/.test(one))) {
      assert.deepEqual(strangers(readFileSync(join(source, name), "utf8")), [], name);
    }
    assert.deepEqual(strangers('import { a } from "../../runtime/kernel.ts";\nimport "x";'), [
      "../../runtime/kernel.ts",
      "x",
    ]);
    for (const name of MAY_IMPORT) {
      if (name.startsWith("."))
        assert.doesNotMatch(readFileSync(join(source, name), "utf8"), /^import (?!type)/m, name);
    }
  });

  it(`has no file of more than ${MAX_LINES} lines`, () => {
    for (const name of readdirSync(source)) {
      const lines = readFileSync(join(source, name), "utf8").split("\n").length - 1;
      assert.ok(lines <= MAX_LINES, `${name} has ${lines} lines`);
    }
  });
});
