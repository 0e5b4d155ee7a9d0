/**
 * A process that prints one line of JSON; whatever else happens to it is a {failed} with a reason.
 */
import { spawn } from "node:child_process";

const TIMEOUT_MS = 180_000;

export const measure = (file, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let errors = "";
    let late = false;
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (errors += data));
    const timeout = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, TIMEOUT_MS);
    child.on("error", (error) => {
      clearTimeout(timeout);
      resolve({ failed: error.message });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timeout);
      if (late) return resolve({ failed: `did not end within ${TIMEOUT_MS / 1000} s` });
      try {
        return resolve(JSON.parse(out));
      } catch {
        if (errors.includes("heap out of memory")) return resolve({ failed: "out of memory" });
        if (code === 0 || code === 13) return resolve({ failed: "it ended without a result" });
        return resolve({ failed: errors.trim().split("\n")[0] || `exit ${signal ?? code}` });
      }
    });
  });
