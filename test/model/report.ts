/** What is said of a schedule that went wrong: how to run it again, and its steps. */
import type { Failure } from "./explorer.ts";
import type { Instance } from "./instance.ts";
import { numberOf, Op, type Thread, type Value } from "./threads.ts";
import { wordName } from "./words.ts";

const NAMES = Object.fromEntries(Object.entries(Op).map(([name, kind]) => [kind, name]));

/** The schedule as text: the thread of each step. */
export function textOf(schedule: readonly number[]): string {
  return schedule.join("");
}

/** The steps of `failure`, run again. */
export function tableOf(instance: Instance, failure: Failure): string {
  const rows: string[][] = [];
  const { threads } = instance;
  instance.begin();
  for (const [i, index] of failure.schedule.entries()) {
    const thread = threads.threads[index] as Thread;
    const row = [String(i + 1), String(index), operationOf(thread), placeOf(instance, thread)];
    threads.step(index);
    rows.push([...row, said(threads.result), thread.isDone ? "ends" : ""]);
  }
  const widths = [0, 1, 2, 3, 4].map((c) => Math.max(...rows.map((row) => (row[c] as string).length), 0));
  return rows
    .map((row) =>
      row
        .map((cell, c) => (c === 0 ? cell.padStart(widths[0] as number) : cell.padEnd(widths[c] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function operationOf(thread: Thread): string {
  const args = [thread.first, thread.second].filter((value) => value !== undefined).map(said);
  return `${NAMES[thread.kind]}${args.length > 0 ? ` ${args.join(", ")}` : ""}`;
}

function placeOf(instance: Instance, thread: Thread): string {
  if (thread.words === null) return "";
  return wordName(numberOf(thread.words, thread.at), instance.labels, instance.layout);
}

function said(value: Value): string {
  if (typeof value === "bigint") return `${value >> 32n}:${value & 0xffff_ffffn}`;
  return value === undefined ? "-" : String(value);
}
