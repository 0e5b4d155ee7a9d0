/**
 * The examples for all cores: what each promises at its foot it prints with any number of processors. (That it does so with the usual one is seen by scripts/docs.mjs.)
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { inflateSync } from "node:zlib";
import { gort, ROOT } from "./cli-gort.ts";

const folder = mkdtempSync(join(tmpdir(), "gort-examples-"));
after(() => rmSync(folder, { recursive: true }));

/** Those that have something portable in them, and say what they print. */
const examples = readdirSync(`${ROOT}examples`).filter(
  (name) => /^\d+-/.test(name) && / = portable\(/.test(readFileSync(`${ROOT}examples/${name}`, "utf8")),
);

function foot(name: string): string {
  const [, block] =
    /\/\/ Output:\n((?:\/\/.*\n)+)$/.exec(readFileSync(`${ROOT}examples/${name}`, "utf8")) ?? [];
  assert.ok(block !== undefined, `${name} ends in its output`);
  return block.replace(/^\/\/ ?/gm, "");
}

describe("an example for all cores prints the same", () => {
  test("there are some", () => assert.equal(examples.length >= 7, true, examples.join()));
  for (const name of examples) {
    for (const GOMAXPROCS of ["1", "2", "3"]) {
      test(`${name}, processors: ${GOMAXPROCS}`, async () => {
        const { code, stdout } = await gort(["run", `${ROOT}examples/${name}`], { env: { GOMAXPROCS } });
        assert.deepEqual([stdout, code], [foot(name), 0]);
      });
    }
  }
});

test("33-mandelbrot.ts writes a PNG file", async () => {
  const file = join(folder, "picture.png");
  const { code } = await gort(["run", `${ROOT}examples/33-mandelbrot.ts`, file]);
  assert.equal(code, 0);
  const png = readFileSync(file);
  assert.equal(png.toString("latin1", 0, 8), "\x89PNG\r\n\x1a\n");
  const at = png.indexOf("IDAT");
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  assert.equal(rows.length, 480 * 641);
  assert.equal(rows[240 * 641 + 1 + 440], 255, "the origin is in the set");
  assert.notEqual(rows[1], 255, "the corner is not");
});

test("34-word-count.ts counts in the folder that it is given", async () => {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "deep"), { recursive: true });
  writeFileSync(join(tree, "one"), "Äpfel äpfel x");
  writeFileSync(join(tree, "deep/two"), "x, x");
  const { stdout } = await gort(["run", `${ROOT}examples/34-word-count.ts`, tree]);
  assert.equal(stdout, "2 files, 0 of them not read, 2 different words\n      3 x\n      2 äpfel\n");
});
