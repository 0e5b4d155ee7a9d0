/**
 * Why a file could not be loaded: its own code threw (a panic), or it never came to run (not found, does not parse, does not link).
 */
import { fileURLToPath } from "node:url";
import { EXIT_PANIC, fatal, printError } from "../runtime/exit.ts";
import { userFrames } from "../runtime/frames.ts";
import { NOT_TRANSLATED } from "./typescript.ts";

/** Whether `error` was thrown by the program's code while it was imported. */
export function isPanic(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const { code } = error as NodeJS.ErrnoException;
  if (code === NOT_TRANSLATED) return false;
  // Thrown by Node's loader: no line of the program is on the stack, or only as the importer.
  if (error instanceof SyntaxError) return userFrames(withoutHeader(error)).length > 0;
  return !(
    typeof code === "string" &&
    /^ERR_(?:MODULE_|PACKAGE_|UNSUPPORTED_|UNKNOWN_|INVALID_(?:MODULE|PACKAGE)|IMPORT_)/.test(code)
  );
}

/** Says what is wrong, and where; the exit code is 2. */
export function reportUnloadable(error: unknown): void {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === NOT_TRANSLATED) fatal(`gort run: ${message}`);
  if (!(error instanceof SyntaxError)) fatal(`gort run: ${message.replaceAll("\n", " ")}`);
  const place = /^(file:\S*|[^\n]+):(\d+)\n([^]*?\n *\^+)\s*\n/.exec(error.stack ?? "");
  if (place !== null) {
    const [, file = "", line, snippet] = place;
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    const hint = message.includes("does not provide an export named") ? HINT : "";
    fatal(`gort run: ${path}:${line}: ${message}\n${snippet}${hint}`);
  }
  // Node keeps the place of this one where only its own report of an uncaught error can see it.
  process.once("exit", () => {
    if (message.startsWith("Unexpected identifier") && !knowsUsing()) printError(USING);
    process.exitCode = EXIT_PANIC;
  });
  setImmediate(() => {
    throw error;
  });
}

const HINT = "\nIf it is a type, import it with the word `type`.";

const USING =
  "gort run: if this is a `using` declaration: that needs Node 24 or newer; here write try … finally with guard[Symbol.dispose](), or translate the file with tsc";

/** Whether this Node parses `using`; the types of a file are stripped and nothing else of it is translated. */
function knowsUsing(): boolean {
  try {
    new Function("{ using nothing = null; }");
    return true;
  } catch {
    return false;
  }
}

/** The frames alone: Node may put the file and line of the mistake above them, which is no frame. */
function withoutHeader(error: Error): string {
  const { stack = "" } = error;
  const frames = stack.search(/\n {4}at /);
  return frames < 0 ? "" : stack.slice(frames).replaceAll("at async ", "at ");
}
