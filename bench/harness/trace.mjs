/**
 * What tracing costs, as ratios: programs of bench/trace in fresh processes, with and without it, in turn; the median of the pairs' ratios.
 *
 * Without: `trace-off` compares with a copy of the built package out of which the scheduler's checks have been taken. It is made here, and all checks have to be found, each in its place; else a build that has changed would be compared with itself.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./measures.mjs";
import { measure } from "./process.mjs";

const root = join(import.meta.dirname, "..", "..");
const PAIRS = 9;

/** Each check in gort.js, what stands there instead, and how often it must be there. */
const CHECKS = [
  [
    /^\s*if \((?:own\$?\d*|p)\.tracer !== null\)\n\s*(?:own\$?\d*|p)\.tracer\.(?:woken|begin|end)\(\w*\);\n/gm,
    "",
    3,
  ],
  [/if \(p\.tracer !== null\)\n\s*p\.tracer\.run\(next\);\n\s*else (?=if \(timesEach\))/g, "", 1],
  [/p\.tracer !== null \|\| (?=someoneListens\()/g, "", 1],
  [/^\s*p\.tracer\?\.stole\([^\n]*\);\n/gm, "", 1],
];

/** The text of gort.js without its checks. */
export const withoutChecks = (text) => {
  let bare = text;
  for (const [check, instead, wanted] of CHECKS) {
    const found = bare.match(check)?.length ?? 0;
    if (found !== wanted)
      throw new Error(`the checks of gort.js are not as expected: ${found} of ${wanted} like ${check}`);
    bare = bare.replace(check, instead);
  }
  // What is left is the recorder's own and the pointer's (trace/pointer.ts), and the field.
  const left = bare
    .match(/^.*\.tracer\b.*$/gm)
    .filter(
      (line) =>
        !/this\.tracer = null|p\.tracer (?:[!=]==? (?:this|pointer)|= this|= null|\?\?= pointer)/.test(line),
    );
  if (left.length > 0) throw new Error(`checks of gort.js that nobody knows: ${left.join(" | ").trim()}`);
  return bare;
};

/** Two copies of the package, as it is and without checks: neither is nearer than the other. */
const copies = () => {
  const folder = mkdtempSync(join(tmpdir(), "gort-bench-"));
  for (const name of ["with", "without"]) {
    const copy = join(folder, name, "node_modules", "gort");
    mkdirSync(copy, { recursive: true });
    for (const part of ["dist", "package.json"])
      cpSync(join(root, part), join(copy, part), { recursive: true });
    cpSync(join(root, "bench", "trace"), join(folder, name, "trace"), { recursive: true });
    cpSync(join(root, "bench", "micro"), join(folder, name, "micro"), { recursive: true });
  }
  const file = join(folder, "without", "node_modules", "gort", "dist", "gort.js");
  writeFileSync(file, withoutChecks(readFileSync(file, "utf8")));
  return folder;
};

/** Nanoseconds an operation, of a fresh process. */
const one = async (folder, program, how, scale) => {
  const { failed, value } = await measure(
    process.execPath,
    [join(folder, "trace", `${program}.mjs`), how, String(scale)],
    {
      env: { ...process.env, GOMAXPROCS: "2" },
    },
  );
  if (failed !== undefined) throw new Error(failed);
  return value;
};

/** The median of value(b) / value(a); the first of a pair is a, then b, in turn. */
const ratios = async (pairs, a, others) => {
  const found = others.map(() => []);
  for (let i = 0; i < pairs; i++) {
    const all = [a, ...others];
    const values = [];
    for (let j = 0; j < all.length; j++) {
      const k = (i + j) % all.length;
      values[k] = await all[k]();
    }
    for (const [j, list] of found.entries()) list.push(values[j + 1] / values[0]);
  }
  return found.map(median);
};

const percent = (ratio) => (ratio - 1) * 100;

export const measureTrace = async (kase, scale) => {
  const pairs = scale < 1 ? 1 : PAIRS;
  const folder = copies();
  try {
    if (kase.name === "trace-off") {
      const values = {};
      for (const what of ["pingPong", "spawn"]) {
        const [ratio] = await ratios(pairs, () => one(join(folder, "without"), "off", what, scale), [
          () => one(join(folder, "with"), "off", what, scale),
        ]);
        values[what] = percent(ratio);
      }
      return { values };
    }
    const [memory, file] = await ratios(pairs, () => one(join(folder, "with"), "on", "off", scale), [
      () => one(join(folder, "with"), "on", "memory", scale),
      () => one(join(folder, "with"), "on", "file", scale),
    ]);
    return { values: { memory: percent(memory), file: percent(file) } };
  } catch (error) {
    return { failed: error.message };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
