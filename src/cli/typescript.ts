/**
 * TypeScript to JavaScript, one file at a time, without checking types: which translator, and in which mode.
 *
 *   1. Types become blanks (strip): every line and column stays, no source map is needed. Node's own translator where there is one
 *      (22.13 and later), else @swc/wasm-typescript.
 *   2. A file that needs code for its types (enum, namespace, parameter property, import =), or that imports a type without saying so, is
 *      rewritten (transform), with an inline source map: @swc/wasm-typescript, else Node's own (22 and 24 have that mode, 26 has not).
 *
 * Why not always the second: a source map costs on every stack that is read, and needs a package that may not be installed.
 */
import module, { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export interface JavaScript {
  readonly code: string;
  /** The code has an inline source map, which Node has to be told to use. */
  readonly mapped: boolean;
}

/** What is thrown for a file that cannot be translated: a SyntaxError with this code (it crosses threads). */
export const NOT_TRANSLATED = "GORT_NOT_TRANSLATED";

const INSTALL = "npm install @swc/wasm-typescript";

/** The part of @swc/wasm-typescript in use. Its own types need a DOM. */
interface Swc {
  transformSync(source: string, options: object): { code: string; map?: string };
}

/** What swc throws: not an Error. Lines from 1, columns from 0. */
interface SwcError {
  readonly code: string;
  readonly message: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

/** Translates `source`, the text of the file at `url`. */
export function toJavaScript(source: string, url: string): JavaScript {
  const stripped = strip(source, url);
  if (stripped !== null && !importsUnused(stripped)) return { code: stripped, mapped: false };
  const swc = findSwc(url);
  if (swc !== null) return bySwc(url, () => transform(swc, source, url));
  // An import of a type alone then fails when the modules are linked, with a message of its own.
  if (stripped !== null) return { code: stripped, mapped: false };
  return transformByNode(source, url);
}

/** `source` with its types blanked; null when that does not do (whether it is wrong or needs more shows later). */
function strip(source: string, url: string): string | null {
  if (typeof module.stripTypeScriptTypes === "function") {
    try {
      return quietly(() => module.stripTypeScriptTypes(source));
    } catch {
      return null; // Also when Node was built without its translator.
    }
  }
  const swc = findSwc(url);
  if (swc === null) throw failure(url, undefined, `this Node cannot run TypeScript by itself: ${INSTALL}`);
  try {
    return swc.transformSync(source, { mode: "strip-only", module: true }).code;
  } catch {
    return null;
  }
}

function transform(swc: Swc, source: string, url: string): JavaScript {
  const { code, map } = swc.transformSync(source, {
    mode: "transform",
    module: true,
    filename: url,
    sourceMap: true,
    transform: {
      nativeClassProperties: true,
      noEmptyExport: true,
      // A type's import goes, the module behind it is still loaded.
      importNotUsedAsValues: "preserve",
      importExportAssignConfig: "NodeNext",
    },
  });
  const inline = Buffer.from(map ?? "").toString("base64");
  return { code: `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}`, mapped: true };
}

function bySwc(url: string, call: () => JavaScript): JavaScript {
  try {
    return call();
  } catch (error) {
    const { message, startLine, startColumn } = error as SwcError;
    throw failure(url, startLine === undefined ? undefined : [startLine, (startColumn ?? 0) + 1], message);
  }
}

/** Node 22 and 24 know this mode; the types are those of 26, which does not. */
const TRANSFORM = { mode: "transform", sourceMap: true } as object;

function transformByNode(source: string, url: string): JavaScript {
  try {
    const code = quietly(() => module.stripTypeScriptTypes(source, { ...TRANSFORM, sourceUrl: url }));
    return { code, mapped: true };
  } catch (error) {
    const { code, message, stack } = error as NodeJS.ErrnoException;
    if (code === "ERR_INVALID_TYPESCRIPT_SYNTAX") {
      const line = /:(\d+)\n/.exec(stack ?? "")?.[1];
      throw failure(url, line === undefined ? undefined : [Number(line)], message);
    }
    throw failure(
      url,
      undefined,
      `this Node cannot run this TypeScript by itself (enum, namespace or the like): ${INSTALL}`,
    );
  }
}

function failure(url: string, position: readonly number[] | undefined, reason: string): SyntaxError {
  const where = [fileURLToPath(url), ...(position ?? [])].join(":");
  return Object.assign(new SyntaxError(`${where}: ${reason}`), { code: NOT_TRANSLATED });
}

let found: Swc | undefined;

/** swc beside gort, or in the program's own node_modules (a gort that is installed for all programs). */
function findSwc(url: string): Swc | null {
  for (const from of found === undefined ? [import.meta.url, url] : []) {
    try {
      found = createRequire(from)("@swc/wasm-typescript") as Swc;
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return found ?? null;
}

/** Calls Node's translator without the warning that it is an experiment: what works on every Node here is tested. */
function quietly<T>(call: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return call();
  } finally {
    process.emitWarning = emitWarning;
  }
}

const COMMENTS_AND_STRINGS = /\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;
const IMPORT = /(?<![\w$.])import\s*([\w$\s,{}*]+?)\s*from(?![\w$])/g;

/**
 * Whether stripped code has a named import that it never uses: most likely a type that was imported without the word `type`, which would
 * not link. A guess by words: a wrong yes costs a transformation (which knows), a wrong no ends in Node's own message.
 */
export function importsUnused(stripped: string): boolean {
  const code = stripped.replace(COMMENTS_AND_STRINGS, " ");
  let names: string[] = [];
  const rest = code.replace(IMPORT, (_all, clause: string) => {
    names = names.concat(clause.split(/[{},]/).map((part) => part.trim().split(/\s+/).at(-1) ?? ""));
    return " ";
  });
  names = names.filter((name) => name !== "");
  if (names.length === 0) return false;
  const used = new Set(rest.match(/[\w$\u0080-\uffff]+/g));
  return names.some((name) => !used.has(name));
}
