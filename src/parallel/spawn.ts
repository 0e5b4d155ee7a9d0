/**
 * `go` of a portable function.
 *
 * While there is one processor its arguments are copied and it runs here. With more, it is written into a record that any machine can take, and somebody is woken who might.
 *
 * Go: runtime/proc.go (newproc).
 */
import { ImportSideEffectError } from "../base/errors.ts";
import { copyArguments } from "../portable/codec.ts";
import { isImporting } from "../portable/loader.ts";
import { entryOf } from "../portable/registry.ts";
import type { Go, Site } from "../runtime/goroutine.ts";
import { p } from "../runtime/processor.ts";
import { currentProcs } from "../runtime/procs.ts";
import { startParallel } from "./boot.ts";
import { writeCall } from "./call.ts";
import { wakeOne } from "./idle.ts";
import { here } from "./machine.ts";
import { makeCopied, makeRecorded } from "./make.ts";

type AnyFunction = (...args: never[]) => unknown;

/** The goroutine for `go(fn, ...args)`; null when `fn` is no portable function. */
export function spawnPortable(
  fn: AnyFunction,
  args: unknown[],
  creator: Site | AnyFunction | null,
  parent: number,
  held: boolean,
): Go | null {
  if (p.slot === 0 && isImporting()) throw sideEffect(fn);
  const entry = entryOf(fn);
  if (entry === undefined) return null;
  if (!here.joined) {
    if (currentProcs() === 1) return makeCopied(entry, copyArguments(args, fn.name), creator, parent, held);
    startParallel();
  }
  const task = makeRecorded(entry, writeCall(entry, args, fn.name), creator, parent, held);
  if (!held) wakeOne();
  return task;
}

function sideEffect(fn: AnyFunction): ImportSideEffectError {
  const what = fn.name === "" ? "a goroutine" : `the goroutine ${fn.name}`;
  return new ImportSideEffectError(
    `${what} is started at the top level of a file that another core imports for its portable functions: every core would start it; ` +
      "start it from main: export function* main() with gort run, or run(main) at the foot of the file",
  );
}
