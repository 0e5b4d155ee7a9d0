/**
 * Who takes part: gort, the Go twin, plain async/await, Node's own modules and the libraries, each with a reason where it is left out.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { peers } from "../compare/index.mjs";
import { servers, titles } from "../net/node.mjs";
import { build } from "./go.mjs";
import { importTime } from "./import-time.mjs";
import { measureLife } from "./life.mjs";
import { isNetwork, measureNetwork } from "./network.mjs";
import { measure } from "./process.mjs";
import { measureTrace } from "./trace.mjs";

const bench = join(import.meta.dirname, "..");
const compare = join(bench, "compare");
const version = (dir) => JSON.parse(readFileSync(join(dir, "package.json"), "utf8")).version;

/** Installs the libraries on the first run; the reason when that fails. */
const install = () => {
  if (
    peers.every(
      ({ specifier }) => specifier === undefined || existsSync(join(compare, "node_modules", specifier)),
    )
  ) {
    return undefined;
  }
  process.stderr.write("installing the libraries to compare with\n");
  try {
    const options = { stdio: ["ignore", "ignore", "pipe"], shell: process.platform === "win32" };
    execFileSync("npm", ["ci", "--prefix", compare, "--ignore-scripts", "--no-audit", "--no-fund"], options);
    return undefined;
  } catch (error) {
    const words = String(error.stderr || error.message)
      .trim()
      .split("\n");
    return `not installed: ${words.find((line) => line.includes("error")) ?? words[0]}`;
  }
};

const child = (name, loader) => (kase, scale) => {
  if (kase.kind === "import") {
    const specifier = name === "gort" ? "gort" : peers.find((peer) => peer.name === name).specifier;
    return importTime(specifier, name === "gort" ? bench : compare, scale < 1 ? 2 : 20);
  }
  if (kase.kind === "trace") return measureTrace(kase, scale);
  if (kase.kind === "life") return measureLife(kase, name, scale);
  if (isNetwork(kase)) {
    const args = ["--expose-gc", join(bench, "net", "server.mjs"), name, kase.body];
    return measureNetwork(kase, { file: process.execPath, args }, scale, loader);
  }
  const flags = kase.kind === "memory" || kase.park !== undefined ? ["--expose-gc"] : [];
  return measure(process.execPath, [
    ...flags,
    join(import.meta.dirname, "child.mjs"),
    kase.name,
    name,
    String(scale),
  ]);
};

export const implementations = () => {
  const go = build();
  // The same one for all servers of a run.
  const loader = go.loader ?? { file: process.execPath, args: [join(bench, "net", "load.mjs")] };
  const all = [
    {
      name: "gort",
      title: `gort ${version(join(bench, ".."))}`,
      has: () => true,
      run: child("gort", loader),
    },
  ];
  const missing = [];
  if (go.reason === undefined) all.push(go);
  else missing.push({ title: "Go", reason: `${go.reason}; node:net makes the load` });
  for (const [name, bodies] of Object.entries(servers)) {
    const title = titles[name];
    all.push({ name, title, has: ({ body }) => bodies[body] !== undefined, run: child(name, loader) });
  }
  const notInstalled = install();
  for (const peer of peers) {
    const { name, title, specifier, bodies, leftOut } = peer;
    if (specifier !== undefined && notInstalled !== undefined) {
      missing.push({ title, reason: notInstalled });
      continue;
    }
    const number = specifier === undefined ? "" : ` ${version(join(compare, "node_modules", specifier))}`;
    all.push({
      name,
      title: `${title}${number}`,
      has: (kase) =>
        kase.kind === "import"
          ? specifier !== undefined
          : bodies[kase.body] !== undefined && !(kase.name in (leftOut ?? {})),
      why: (kase) => leftOut?.[kase.name],
      run: child(name),
    });
  }
  return { all, missing };
};
