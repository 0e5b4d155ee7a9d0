/**
 * How a case of a process's life is measured: fresh processes that print a figure when their main ends, and then end.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { median } from "./measures.mjs";

const TIMEOUT_MS = 30_000;
const dir = join(import.meta.dirname, "..", "life");

/** One process: what it printed, and how long it took from then until it was gone. */
const live = (program, what) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(dir, `${program}.mjs`), what], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let errors = "";
    let said = 0;
    let gone = 0;
    child.stdout.on("data", (data) => {
      said = performance.now();
      out += data;
    });
    child.stderr.on("data", (data) => (errors += data));
    const late = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    child.on("exit", () => (gone = performance.now()));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(late);
      if (code !== 0 || out === "")
        reject(new Error(errors.trim().split("\n")[0] || `exit ${signal ?? code}`));
      else resolve({ value: JSON.parse(out).value, exit: gone - said });
    });
  });

const several = async (program, what, times, key) => {
  const all = [];
  for (let i = 0; i < times; i++) all.push((await live(program, what))[key]);
  return median(all);
};

/** The figure of a case for one implementation. */
export const measureLife = async (kase, name, scale) => {
  const what = kase.name.replace("parallel-", "");
  const times = scale < 1 ? 2 : 10;
  try {
    if (what === "idle") return { values: { value: await several(name, what, 1, "value") } };
    if (what === "first") return { values: { value: await several(name, what, times, "value") } };
    const value = await several(name, what, times, "exit");
    return { values: { value, bare: await several("bare", what, times, "exit") } };
  } catch (error) {
    return { failed: error.message };
  }
};
