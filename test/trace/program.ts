/**
 * Whole programs that are traced to a file, in a process of their own.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTrace, type Trace } from "#src/trace/reader.ts";
import { type Ended, program, type Settings } from "../prog/program.ts";

export interface Traced extends Ended {
  readonly trace: Trace;
}

/** Runs `source`, which writes its trace to the file that TRACE names in its environment. */
export async function traced(source: string, settings: Settings = {}): Promise<Traced> {
  return withFolder(async (folder) => {
    const file = join(folder, "program.trace");
    const ended = await program(source, { ...settings, env: { ...settings.env, TRACE: file } });
    return { ...ended, trace: readTrace(readFileSync(file)) };
  });
}

/** Calls `fn` with a folder that is gone afterwards. */
export async function withFolder<R>(fn: (folder: string) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(tmpdir(), "gort-trace-"));
  try {
    return await fn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
