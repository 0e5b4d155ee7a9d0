/**
 * The rules of the house as functions: each takes sources and gives the violations, one line of text each.
 *
 * They take plain text and not the file system, so that layers.test.ts can plant violations and see them found.
 */
import { importsOf, lineOf, type Scanned, scan, topLevelAwaits } from "./scan.ts";

/** Who may import whom: for each layer, everything below it. */
export type Layers = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the notation of layers.txt; throws on a cycle, and on anything it does not understand. */
export function parseLayers(text: string): Layers {
  const direct = new Map<string, Set<string>>();
  const chains = text
    .replace(/^\s*#.*$/gm, "")
    .split(";")
    .map((chain) => chain.trim())
    .filter(Boolean);
  for (const chain of chains) {
    const links = chain.split("<").map((link) => {
      const names = /^\s*(?:\{([\w\s,]+)\}|(\w+))\s*$/.exec(link);
      if (!names)
        throw new SyntaxError(
          `layers: cannot read ${JSON.stringify(link.trim())} in ${JSON.stringify(chain)}`,
        );
      return (names[1] ?? names[2]!).split(",").map((name) => name.trim());
    });
    if (links.length < 2) throw new SyntaxError(`layers: ${JSON.stringify(chain)} orders nothing`);
    for (const [i, uppers] of links.entries()) {
      for (const upper of uppers) {
        if (upper === "") throw new SyntaxError(`layers: a name is missing in ${JSON.stringify(chain)}`);
        if (upper === "NONE") {
          if (i > 0) throw new SyntaxError("layers: NONE is the ground, nothing is below it");
          continue;
        }
        const below = direct.get(upper) ?? new Set();
        direct.set(upper, below);
        if (i > 0) for (const lower of links[i - 1]!) if (lower !== "NONE") below.add(lower);
      }
    }
  }
  const closed = new Map<string, Set<string>>();
  const close = (layer: string, path: readonly string[]): Set<string> => {
    const done = closed.get(layer);
    if (done) return done;
    if (path.includes(layer))
      throw new Error(`layers: a cycle: ${[...path.slice(path.indexOf(layer)), layer].join(" < ")}`);
    const all = new Set<string>();
    for (const lower of direct.get(layer) ?? []) {
      all.add(lower);
      for (const deeper of close(lower, [...path, layer])) all.add(deeper);
    }
    closed.set(layer, all);
    return all;
  };
  for (const layer of direct.keys()) close(layer, []);
  return closed;
}

/** The layer of a path below src/: its first folder; `index` for src/index.ts; undefined for any other file there. */
function layerOf(path: string): string | undefined {
  const slash = path.indexOf("/");
  if (slash > 0) return path.slice(0, slash);
  return path === "index.ts" ? "index" : undefined;
}

/** Only these files of runtime/ may be seen from the layers that block: the narrow waist. */
const WAIST = new Set([
  "runtime/kernel.ts",
  "runtime/operation.ts",
  "runtime/contest.ts",
  "runtime/shared-operation.ts",
  "runtime/wait-reason.ts",
]);
const ON_THE_WAIST = new Set(["chan", "sync", "time", "context", "net"]);

/** What only one file may say, as a pattern over code without comments and strings. */
const SEAMS: readonly { file: string; what: string; pattern: RegExp }[] = [
  { file: "shm/atomic.ts", what: "says Atomics", pattern: /\bAtomics\b/g },
  {
    file: "runtime/clock.ts",
    what: "reads the time",
    pattern:
      /\bperformance\b|\bhrtime\b|\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\s(\w]))|(?<!\bnew\s)(?<![.\w$])Date\s*\(/g,
  },
  {
    file: "base/rand.ts",
    what: "makes randomness",
    pattern:
      /\bMath\s*\.\s*random\b|(?<![.\w$])crypto\s*\.|\bgetRandomValues\b|\brandom(?:UUID|Bytes|Int|Fill|FillSync)\b/g,
  },
];

/** Modules that only one file may import. A hash is no randomness: `createHash` may be had anywhere. */
const GATES: readonly { file: string; modules: readonly string[]; unless?: RegExp }[] = [
  { file: "net/node-transport.ts", modules: ["net", "tls"] },
  { file: "base/rand.ts", modules: ["crypto"], unless: /^(?:type\s*)?\{\s*(?:createHash|hash)\s*\}$/ },
];

export const MAX_LINES = 400;

export interface House {
  /** Paths below src/, with `/`, and their texts. */
  readonly sources: ReadonlyMap<string, string>;
  readonly layers: Layers;
  /** Paths of the sources that package.json exports. */
  readonly exported: ReadonlySet<string>;
  /** Packages a source may import besides node's own modules. */
  readonly packages: ReadonlySet<string>;
}

/** Every violation in the house. */
export function violations(house: House): string[] {
  const found: string[] = [];
  for (const [path, source] of house.sources) {
    const scanned = scan(source);
    const report = (line: number, what: string): void => {
      found.push(`src/${path}:${line} ${what}`);
    };
    checkImports(house, path, scanned, report);
    checkSeams(path, scanned, report);
    const lines = source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
    if (lines > MAX_LINES)
      report(lines, `has ${lines} lines, more than ${MAX_LINES}: split it by state or by platform`);
    if (/(?:^|\/)index\.ts$/.test(path) && !house.exported.has(path)) {
      report(1, "is an index.ts that package.json does not export: import the file that is meant");
    }
    for (const line of topLevelAwaits(scanned))
      report(line, "awaits at top level: require() could not load the package");
  }
  return found.sort();
}

type Report = (line: number, what: string) => void;

function checkImports(house: House, path: string, scanned: Scanned, report: Report): void {
  const layer = layerOf(path);
  if (layer === undefined || !house.layers.has(layer)) {
    report(1, `is in no layer of layers.txt`);
    return;
  }
  for (const { specifier, clause, line } of importsOf(scanned)) {
    const target = resolve(path, specifier);
    if (target === undefined) {
      checkModule(house, path, specifier, clause, (what) => report(line, what));
      continue;
    }
    if (!house.sources.has(target)) report(line, `imports ${specifier}, and there is no src/${target}`);
    const other = layerOf(target);
    if (other !== layer && (other === undefined || !house.layers.get(layer)!.has(other))) {
      report(line, `imports ${target}: the layer ${layer} may not look at ${other ?? "src itself"}`);
    } else if (ON_THE_WAIST.has(layer) && other === "runtime" && !WAIST.has(target)) {
      report(line, `imports ${target}: of runtime, the layer ${layer} may see only the waist`);
    }
  }
}

/** The path below src/ that a relative or #src specifier means; undefined when it means a module. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("#src/")) return specifier.slice("#src/".length);
  if (!specifier.startsWith(".")) return undefined;
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.length === 0 ? parts.push("..") : parts.pop();
    else if (part !== ".") parts.push(part);
  }
  // A URL is read at run time, where the file has been built.
  return parts.join("/").replace(/\.js$/, ".ts");
}

function checkModule(
  house: House,
  path: string,
  specifier: string,
  clause: string,
  report: (what: string) => void,
): void {
  const bare = specifier.replace(/^node:/, "");
  const gate = GATES.find(({ modules }) => modules.includes(bare));
  if (gate && gate.file !== path && !gate.unless?.test(clause))
    report(`imports ${specifier}: only ${gate.file} may`);
  else if (specifier.startsWith("#")) {
    // A conditional entry of package.json `imports`: a seam by its own name, and its targets are checked as files.
  } else if (!specifier.startsWith("node:") && !house.packages.has(specifier)) {
    report(`imports ${specifier}: gort has no dependencies, and node's own modules are written node:…`);
  }
}

function checkSeams(path: string, { code }: Scanned, report: Report): void {
  for (const { file, what, pattern } of SEAMS) {
    if (path === file) continue;
    for (const match of code.matchAll(pattern)) {
      report(
        lineOf(code, match.index),
        `${what} (${match[0].replace(/\s+/g, " ").trim()}): only src/${file} may`,
      );
    }
  }
}
