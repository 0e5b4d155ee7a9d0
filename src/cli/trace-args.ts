/**
 * What stands behind `gort trace`, as data.
 */
import { quote, UsageError } from "./usage.ts";

export interface TraceCommand {
  readonly name: "trace";
  readonly file: string;
  readonly json: boolean;
  /** Where the JSON for Perfetto goes; `-`: standard output. */
  readonly perfetto?: string;
}

export const TRACE_USAGE = "gort trace [--json | --perfetto OUT.json] FILE";

export const TRACE_HELP: string = `options of trace:
  --json        the summary as JSON
  --perfetto OUT.json
                no summary: write the trace as JSON for ui.perfetto.dev into OUT.json; - is standard output
`;

/** Reads it; options may also stand behind FILE, because nothing else does. */
export function parseTrace(words: readonly string[]): TraceCommand | { readonly name: "help" } {
  let file: string | undefined;
  let json = false;
  let perfetto: string | undefined;
  let optionsEnded = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (optionsEnded || !word.startsWith("-") || word === "-") {
      if (file !== undefined)
        throw new UsageError(
          `gort trace: takes one FILE, got ${quote(word)} as well (usage: ${TRACE_USAGE})`,
        );
      file = word;
      continue;
    }
    if (word === "--") {
      optionsEnded = true;
      continue;
    }
    const equals = word.indexOf("=");
    const option = equals < 0 ? word : word.slice(0, equals);
    if (word === "--help" || word === "-h") return { name: "help" };
    if (word === "--json") json = true;
    else if (option === "--perfetto") {
      perfetto = equals < 0 ? words[++at] : word.slice(equals + 1);
      if (perfetto === undefined || perfetto === "")
        throw new UsageError(`gort trace: --perfetto needs a file (usage: ${TRACE_USAGE})`);
    } else throw new UsageError(`gort trace: unknown option ${quote(word)} (usage: ${TRACE_USAGE})`);
  }
  if (file === undefined || file === "") throw new UsageError(`gort trace: no FILE (usage: ${TRACE_USAGE})`);
  if (json && perfetto !== undefined)
    throw new UsageError(`gort trace: --json and --perfetto are two things (usage: ${TRACE_USAGE})`);
  return { name: "trace", file, json, ...(perfetto === undefined ? {} : { perfetto }) };
}
