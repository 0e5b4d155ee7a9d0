/**
 * Which function this is: the same answer on every core that has loaded the same file.
 *
 * A key is `url#name@hash`: the URL of the file that called `portable`, the function's name (or a fixed one), and a hash of its text. No
 * code travels, so the hash is what makes "the same file" a fact and not a hope: an edit between two loads, or another loader, shows.
 *
 * The URL comes from V8's call site and not from `import.meta`: bundlers rewrite the latter to the source's path or leave it out, and the
 * call site is the file that really runs. It is asked for once a function, as its module is loaded.
 *
 * Why not the function's text: docs/design/portable.md.
 */
import { pathToFileURL } from "node:url";

/** What a key is made of. */
export interface Identity {
  readonly url: string;
  readonly name: string;
  readonly hash: string;
}

/** The key of an identity. In the name, `#` and `@` are written so that a key can be taken apart again. */
export function keyOf({ url, name, hash }: Identity): string {
  return `${url}#${name.replace(/[%#@]/g, encodeURIComponent)}@${hash}`;
}

/** Takes a key apart; undefined when it is none. */
export function parseKey(key: string): Identity | undefined {
  const hash = key.lastIndexOf("@");
  const name = key.lastIndexOf("#", hash);
  if (hash < 0 || name < 0) return undefined;
  return { url: key.slice(0, name), name: decodeName(key.slice(name + 1, hash)), hash: key.slice(hash + 1) };
}

function decodeName(text: string): string {
  return text.replace(/%(23|25|40)/g, decodeURIComponent);
}

/** 64 bits of a text, in base 36. Not against an enemy: against an edit that goes unseen. */
export function hashText(text: string): string {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b + code, 0xcc9e2d51);
    b = (b << 13) | (b >>> 19);
  }
  // Both halves mixed, so that the last letters reach all bits.
  a = Math.imul(a ^ (a >>> 15) ^ b, 0x2c1b3c6d);
  b = Math.imul(b ^ (b >>> 13) ^ a, 0x297a2d39);
  return `${(a >>> 0).toString(36)}${((b ^ (b >>> 16)) >>> 0).toString(36)}`;
}

type AnyFunction = (...args: never[]) => unknown;

/** The URL of the file that called `below`; undefined where no file did (a REPL, `eval`, a data: URL, hardened intrinsics). */
export function callerUrl(below: AnyFunction): string | undefined {
  for (const site of callSites(below, 1)) return urlOfSite(site);
  return undefined;
}

/** The URLs of the files in the stack of `below`, innermost first. */
export function stackUrls(below: AnyFunction, depth: number): string[] {
  return callSites(below, depth).flatMap((site) => urlOfSite(site) ?? []);
}

/** A location as V8 or a module names it, as the URL that `import` takes; undefined when no other core can import it. */
export function importable(location: unknown): string | undefined {
  // A program on the command line (node --input-type=module -e): it looks like a file, and there is none.
  if (typeof location !== "string" || /\/\[eval\d*\]$/.test(location)) return undefined;
  if (/^(?:file|https?):/.test(location)) return location;
  // A path: CommonJS. Windows' drive letters look like schemes.
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(location)) return pathToFileURL(location).href;
  return undefined;
}

function urlOfSite(site: NodeJS.CallSite): string | undefined {
  const file = importable(site.getFileName());
  if (file !== undefined) return file;
  if (!site.isEval()) return undefined;
  // Some bundlers wrap each module in an eval: the file around it evaluates the same again on another core.
  const origin = /\(((?:file:|[/\\]|[A-Za-z]:[/\\])[^()]*?):\d+:\d+\)/.exec(site.getEvalOrigin() ?? "");
  return importable(origin?.[1]);
}

/** Whatever the program has made of Error.prepareStackTrace and Error.stackTraceLimit is there again afterwards. */
function callSites(below: AnyFunction, depth: number): readonly NodeJS.CallSite[] {
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const limit = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  const holder: { stack?: unknown } = {};
  try {
    Object.defineProperty(Error, "stackTraceLimit", { value: depth, configurable: true, writable: true });
    Object.defineProperty(Error, "prepareStackTrace", {
      value: (_: unknown, sites: readonly NodeJS.CallSite[]) => sites,
      configurable: true,
      writable: true,
    });
    Error.captureStackTrace(holder, below as never);
    // The stack is prepared when it is first read.
    return Array.isArray(holder.stack) ? (holder.stack as NodeJS.CallSite[]) : [];
  } catch {
    // Error is frozen (--frozen-intrinsics).
    return [];
  } finally {
    restore("stackTraceLimit", limit);
    restore("prepareStackTrace", prepare);
  }
}

function restore(name: string, before: PropertyDescriptor | undefined): void {
  if (before === undefined) Reflect.deleteProperty(Error, name);
  else Reflect.defineProperty(Error, name, before);
}
