/**
 * What stands behind `gort top`, as data.
 */
import { quote, UsageError } from "./usage.ts";

export interface TopCommand {
  readonly name: "top";
  /** A process, or an address with its token; without it the only program that runs. */
  readonly target?: number | string;
  /** A table that is drawn anew, text, or JSON. */
  readonly form: "screen" | "plain" | "json";
  readonly once: boolean;
  readonly intervalMs: number;
  readonly isColoured: boolean;
  readonly ascii: boolean;
}

export const TOP_USAGE =
  "gort top [--plain|--json] [--once] [--interval MS] [--no-color] [--ascii] [PID|URL]";
const LEAST_MS = 250;
const LONGEST_MS = 0x7fffffff;

export function parseTop(words: readonly string[]): TopCommand | { readonly name: "help" } {
  let form: TopCommand["form"] = "screen";
  let [once, isColoured, ascii, intervalMs] = [false, true, false, 1000];
  let target: string | undefined;
  let isOptions = true;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!isOptions || !word.startsWith("-")) {
      if (target !== undefined) throw new UsageError(`gort top: one PID or URL, got ${quote(word)} too`);
      target = word;
      continue;
    }
    const [option, value] = /^(--interval)=(.*)$/s.exec(word)?.slice(1) ?? [word];
    switch (option) {
      case "--":
        isOptions = false;
        break;
      case "--help":
      case "-h":
        return { name: "help" };
      case "--plain":
      case "--json":
        if (form !== "screen" && `--${form}` !== option)
          throw new UsageError("gort top: --plain and --json exclude each other");
        form = option === "--json" ? "json" : "plain";
        break;
      case "--once":
        once = true;
        break;
      case "--no-color":
        isColoured = false;
        break;
      case "--ascii":
        ascii = true;
        break;
      case "--interval":
        intervalMs = interval(value ?? words[++at]);
        break;
      default:
        throw new UsageError(`gort top: unknown option ${quote(word)} (usage: ${TOP_USAGE})`);
    }
  }
  const rest = { form, once, intervalMs, isColoured, ascii };
  return target === undefined ? { name: "top", ...rest } : { name: "top", target: targetOf(target), ...rest };
}

function interval(text: string | undefined): number {
  const ms = text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (ms < LEAST_MS || ms > LONGEST_MS) {
    const got = text === undefined ? "nothing" : quote(text);
    throw new UsageError(
      `gort top: --interval is an integer of at least ${LEAST_MS} (milliseconds), got ${got}`,
    );
  }
  return ms;
}

function targetOf(text: string): number | string {
  if (/^[1-9][0-9]{0,9}$/.test(text)) return Number(text);
  const url = /^http:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null) {
    const example = "a process's number or http://127.0.0.1:PORT/#token=TOKEN";
    throw new UsageError(`gort top: ${quote(text)} is neither PID nor URL (${example})`);
  }
  if (tokenOf(url) === null)
    throw new UsageError(
      `gort top: the URL has no #token=: take the whole one that the program printed (in quotes)`,
    );
  return url.href;
}

/** The token of a URL: behind # as it is printed, or in the query; null when there is none. */
export function tokenOf(url: URL): string | null {
  const token = new URLSearchParams(url.hash.slice(1)).get("token") ?? url.searchParams.get("token");
  return token === "" ? null : token;
}
