/** What is made of the sources (transform.ts, bundle.ts): the real ones, and a replacement that fits no more is not passed over. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { explore } from "./explorer.ts";
import { Instance, load } from "./instance.ts";
import { mutations } from "./mutations.ts";
import { LOOKS, transform } from "./transform.ts";

const patch = (from: string) => [{ file: "shm/lock", from, to: "" }];

it("a replacement must fit, once", async () => {
  await assert.rejects(transform("lock", patch("no such text")), /shm\/lock: there are 0 of the text/);
  await assert.rejects(transform("lock", patch("swap(words, at,")), /there are [2-9] of the text/);
  await assert.rejects(
    transform("lock", [{ file: "shm/runq", from: "head", to: "tail" }]),
    /no program imports shm\/runq/,
  );
});

it("only what can reach an atomic operation becomes a generator", async () => {
  const source = await transform("lock");
  assert.match(source, /function\* unlock\(words, at\)/);
  assert.match(source, /\(yield\* unlock\(words, AT\)\)/);
  assert.match(source, /\(yield \$op\(\d+, words, at, 0, mine\)\) !== 0/);
  assert.match(source, /\nfunction machineAt\(/);
});

it("accesses that race on purpose are where the list says", () => {
  for (const { file, of, text } of LOOKS) {
    const source = readFileSync(new URL(`../../esm/${file}.js`, import.meta.url), "utf8");
    const begin = source.search(new RegExp(`(?:function |^    )${of}\\(`, "m"));
    assert.ok(begin >= 0, `${file} has no ${of}`);
    assert.ok(source.slice(begin, begin + 1500).includes(text), `${of} in ${file} has no ${text}`);
  }
});

it("a model that is run twice comes to the same", async () => {
  const program = await load("note");
  const runs = [1, 2].map(() => explore(new Instance(program, "oneWaker", 2)));
  assert.deepEqual(runs[0], runs[1]);
});

it("every planted defect has a test", () => {
  const folder = new URL("../../../test/model/", import.meta.url);
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
  for (const name of Object.keys(mutations)) assert.match(tests, new RegExp(`finds\\(\\s*"${name}"`));
});
