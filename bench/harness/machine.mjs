/**
 * Where and with what the figures were made.
 */
import { execFileSync } from "node:child_process";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";

const commit = () => {
  try {
    const git = (...args) =>
      execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const hash = git("rev-parse", "--short", "HEAD");
    return git("status", "--porcelain", "--", "src") === "" ? hash : `${hash} with changes`;
  } catch {
    return "not committed";
  }
};

export const machine = () =>
  [
    `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${platform()} ${release()} ${arch()}`,
    `Node ${process.versions.node}`,
    `commit ${commit()}`,
  ].join(" · ");
