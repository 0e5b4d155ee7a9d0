/**
 * `runtime.stacks`: a dump in one of its forms.
 *
 * Go: runtime.Stack(buf, true) and runtime/pprof.Lookup("goroutine").WriteTo. Differs: at most 10,000 goroutines of each core are looked at, and the rest is counted.
 */
import { describe, InvalidOptionError } from "../base/errors.ts";
import { dumpJson } from "./dump-json.ts";
import { dumpPprof } from "./dump-pprof.ts";
import { groupedText } from "./grouped.ts";
import { dumpAll } from "./snapshot.ts";
import { dumpText } from "./traceback.ts";

/** What `runtime.stacks` gives. */
export interface StacksOptions {
  /**
   * "text" (the default) is Go's form. "json" is a JSON text, of which `JSON.parse` makes a {@link GoroutineDump}. "pprof" is a goroutine profile
   * for `go tool pprof`: write it to a file.
   */
  readonly format?: "text" | "json" | "pprof";
  /** Goroutines in the same state and place come together, with their number; a profile always has them so. */
  readonly grouped?: boolean;
}

/** Has all forms of `runtime.stacks`, by the format. */
export interface Stacks {
  (options: StacksOptions & { readonly format: "pprof" }): Uint8Array;
  (options?: StacksOptions & { readonly format?: "text" | "json" }): string;
  (options?: StacksOptions): string | Uint8Array;
}

const OPTIONS: ReadonlySet<string> = new Set(["format", "grouped"]);

export const stacks: Stacks = ((options: StacksOptions = {}): string | Uint8Array => {
  const { format, grouped } = checkOptions(options);
  const dump = dumpAll();
  if (format === "pprof") return dumpPprof(dump);
  if (format === "json") return dumpJson(dump, grouped);
  return grouped ? groupedText(dump) : dumpText(dump);
}) as Stacks;

function checkOptions(options: StacksOptions): Required<StacksOptions> {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError(`stacks: the options are an object, got ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name))
      throw new InvalidOptionError(`stacks: there is no option "${name}" (${[...OPTIONS].join(", ")})`);
  }
  const { format = "text", grouped = false } = options;
  if (format !== "text" && format !== "json" && format !== "pprof") {
    throw new InvalidOptionError(`stacks: format is "text", "json" or "pprof", got ${describe(format)}`);
  }
  if (typeof grouped !== "boolean") {
    throw new InvalidOptionError(`stacks: grouped is true or false, got ${describe(grouped)}`);
  }
  return { format, grouped };
}
