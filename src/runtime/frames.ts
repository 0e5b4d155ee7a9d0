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
 * The folder of gort's own files, or null when it cannot be told from the program's (a single-file bundle).
 * Computed on first use: importing gort does nothing.
 */
let own: string | null | undefined;

function ownFolder(): string | null {
  if (own === undefined) {
    const here: unknown = import.meta.url;
    own = typeof here === "string" && /\/runtime\/frames\.[jt]s$/.test(here) ? new URL("..", here).href : null;
  }
  return own;
}

/** The caller's stack, deep enough; frames up to and including `below` are left out. */
export function captureStack(below?: (...args: never[]) => unknown, depth: number = DEPTH): { stack?: string } {
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

const LINE = /^\s+at (?:(.*?) \()?((?:file:|[a-zA-Z]:[\\/]|\/|webpack|\S+:\/\/)?[^()]*?):(\d+):(\d+)\)?$/;

/** The program's frames, innermost first. */
export function userFrames(stack: unknown): Frame[] {
  if (typeof stack !== "string") return [];
  const frames: Frame[] = [];
  for (const text of stack.split("\n")) {
    const match = LINE.exec(text);
    if (match === null) continue;
    const file = match[2] as string;
    if (file.startsWith("node:") || isOwn(file)) continue;
    const fn = (match[1] ?? "").replace(/^async /, "").replace(/ \[as .*\]$/, "");
    frames.push({ fn: fn === "" ? "<anonymous>" : fn, file, line: Number(match[3]), column: Number(match[4]) });
  }
  return frames;
}

function isOwn(file: string): boolean {
  const folder = ownFolder();
  if (folder === null) return false;
  return file.startsWith("file:") ? file.startsWith(folder) : file.startsWith(fileURLToPath(folder));
}

/** Go's two lines for a frame. `(...)` is Go's own spelling for arguments that are not known. */
export function frameText(frame: Frame): string {
  return `${frame.fn}(...)\n\t${positionText(frame)}\n`;
}

/** file:line:column, the file as a path. */
export function positionText(frame: Frame): string {
  let file = frame.file;
  if (file.startsWith("file:")) {
    try {
      file = fileURLToPath(file);
    } catch {
      // A file: URL of another host stays as it is.
    }
  }
  return `${file}:${frame.line}:${frame.column}`;
}
