/**
 * The Go twins: built once a run with the go of the variable GO or of the PATH. Nothing is fetched.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sizes } from "./measures.mjs";
import { isNetwork, measureNetwork } from "./network.mjs";
import { measure } from "./process.mjs";

/** What Go has nothing like. */
const WITHOUT = new Set(["parallelMap", "explore-random", "explore-pct", "bubble-day"]);
const dir = join(import.meta.dirname, "..", "go");
const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod", GOPROXY: "off", GOSUMDB: "off" };
const sums = {
  "parallel-spawn": "batches",
  "parallel-one": "below",
  "parallel-crowded": "batches",
  "parallel-mutex": "n",
  burst: "below",
  spawn: "batches",
  gosched: "n",
  sieve: "primes",
  chain: "n+1",
  parked: "n",
  mutex: "n",
  sleepers: "below",
  cancel: "n",
  semaphore: "below",
  errgroup: "below",
  limiter: "n",
};

/** What the results of a case are the sum of; cases of one family are called FAMILY-SOMETHING, and may differ. */
const expectation = (name) => sums[name] ?? sums[name.split("-")[0]] ?? "sum";

/** An implementation, or the reason why there is none. */
export const build = () => {
  const go = process.env.GO || "go";
  const folder = mkdtempSync(join(tmpdir(), "gort-bench-"));
  const file = join(folder, process.platform === "win32" ? "bench.exe" : "bench");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync(go, ["build", "-o", file, "."], { cwd: dir, env, stdio: ["ignore", "ignore", "pipe"] });
    const version = execFileSync(go, ["env", "GOVERSION"], { env, encoding: "utf8" })
      .trim()
      .replace(/^go/, "");
    const loader = { file, args: ["load"] };
    return {
      name: "go",
      title: `Go ${version}`,
      has: ({ kind, body }) => kind !== "import" && kind !== "life" && !WITHOUT.has(body),
      run: (kase, scale) =>
        isNetwork(kase)
          ? measureNetwork(kase, { file, args: ["serve", kase.body] }, scale, loader)
          : measure(file, [
              kase.name,
              JSON.stringify({ ...sizes(kase, scale), expect: expectation(kase.name) }),
            ]),
      loader,
      remove,
    };
  } catch (error) {
    remove();
    const words =
      error.code === "ENOENT"
        ? "no go on the PATH and none in the variable GO"
        : String(error.stderr || error.message);
    return { reason: words.trim().split("\n")[0] };
  }
};
