/**
 * A stack's frames as its reader needs them: those of the program, without gort's own, Node's and V8's.
 */
import { fileURLToPath } from "node:url";

export interface Frame {
  /** The function, as V8 names it; "<anonymous>" when it has no name. */
  readonly fn: string;
  /** A file: URL or a path, as the stack has it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** More than Go keeps (100): a stack is only captured when somebody reads it. */
const DEPTH = 200;

/**
 * The folders of gort's own files; none when they cannot be told from the program's (a single-file bundle).
 * Computed on first use: importing gort does nothing.
 */
let own: readonly string[] | undefined;

/** As a `file:` URL and as a path; and the folder of the sources, which stacks name under --enable-source-maps. */
function ownFolders(): readonly string[] {
  if (own === undefined) {
    const here: unknown = import.meta.url;
    const isKnown = typeof here === "string" && /^file:.*\/dist\/gort\.js$/.test(here);
    const urls = isKnown ? [new URL(".", here).href, new URL("../src/", here).href] : [];
    own = urls.flatMap((url) => [url, fileURLToPath(url)]);
  }
  return own;
}

/** The caller's stack, deep enough; frames up to and including `below` are left out. */
export function captureStack(
  below?: (...args: never[]) => unknown,
  depth: number = DEPTH,
): { stack?: string } {
  const before = Error.stackTraceLimit;
  const holder: { stack?: string } = {};
  try {
    Error.stackTraceLimit = depth;
    Error.captureStackTrace(holder, below as never);
  } catch {
    // Error has been frozen (--frozen-intrinsics): then ten frames have to do.
    Error.captureStackTrace(holder, below as never);
  } finally {
    try {
      Error.stackTraceLimit = before;
    } catch {
      // As above.
    }
  }
  return holder;
}

/** `at name (file:1:2)`, or without a name `at file:1:2`; a folder's name may hold brackets and blanks. */
const NAMED = /^\s+at (.+?) \((.+):(\d+):(\d+)\)$/;
const NAMELESS = /^\s+at (?:async )?()(.+):(\d+):(\d+)$/;

/** The program's frames, innermost first. */
export function userFrames(stack: unknown): Frame[] {
  if (typeof stack !== "string") return [];
  const frames: Frame[] = [];
  for (const text of stack.split("\n")) {
    const match = NAMED.exec(text) ?? NAMELESS.exec(text);
    if (match === null || text.includes(" (eval at ")) continue;
    const file = match[2] as string;
    if (file.startsWith("node:") || isOwn(file)) continue;
    const fn = (match[1] as string).replace(/^async /, "").replace(/ \[as .*\]$/, "");
    frames.push({
      fn: fn === "" ? "<anonymous>" : fn,
      file,
      line: Number(match[3]),
      column: Number(match[4]),
    });
  }
  return frames;
}

/** A stack with the program's frames only, as V8 writes them; what is no frame stays as it is. */
export function withoutOwnFrames(stack: string): string {
  return stack
    .split("\n")
    .filter((text) => {
      const match = NAMED.exec(text) ?? NAMELESS.exec(text);
      return match === null || !((match[2] as string).startsWith("node:") || isOwn(match[2] as string));
    })
    .join("\n");
}

function isOwn(file: string): boolean {
  return ownFolders().some((folder) => file.startsWith(folder));
}

/** Go's two lines for a frame. `(...)` is Go's own spelling for arguments that are not known. */
export function frameText(frame: Frame): string {
  return `${frame.fn}(...)\n\t${positionText(frame)}\n`;
}

/** file:line:column, the file as a path. */
export function positionText(frame: Frame): string {
  return `${pathOf(frame.file)}:${frame.line}:${frame.column}`;
}

/** A file of a frame as a path. */
export function pathOf(file: string): string {
  if (!file.startsWith("file:")) return file;
  try {
    return fileURLToPath(file);
  } catch {
    // A file: URL of another host stays as it is.
    return file;
  }
}
