/**
 * What an import costs: fresh processes that import a library or nothing, in turn.
 */
import { spawnSync } from "node:child_process";
import { median } from "./measures.mjs";

const start = (code, cwd) => {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd });
  if (status !== 0) throw new Error(String(stderr).trim().split("\n")[0]);
  return performance.now() - from;
};

/** The median of `times` processes, less that of as many bare ones. */
export const importTime = async (specifier, cwd, times) => {
  const code = `import ${JSON.stringify(specifier)}`;
  const bare = [];
  const full = [];
  try {
    start(code, cwd);
    for (let i = 0; i < times; i++) {
      bare.push(start("", cwd));
      full.push(start(code, cwd));
    }
    return { values: { time: median(full) - median(bare) } };
  } catch (error) {
    return { failed: error.message };
  }
};
