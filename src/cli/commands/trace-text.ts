/**
 * A summary of a trace as text: 80 columns, and what has nothing to say is left out.
 */
import { MOST_ROWS, type SpreadRow, type TraceSummary } from "../../trace/read/summary.ts";

const WIDTH = 80;

/** `<`: to the left, and shortened where the line would be too long; `>`: to the right, whole. */
type Column = readonly [title: string, side: "<" | ">"];

export function summaryText(summary: TraceSummary): string {
  const parts = [
    head(summary),
    table(
      "processors",
      summary.processors,
      [
        ["", "<"],
        ["busy", ">"],
        ["", ">"],
        ["runs", ">"],
      ],
      (row) => [row.label, `${(row.busy * 100).toFixed(1)} %`, duration(row.busyMs), `${row.runs}`],
    ),
    queue(summary.queue),
    table(
      "longest waits",
      summary.longestWaits,
      [
        ["waited", ">"],
        ["at", ">"],
        ["goroutine", "<"],
        ["reason", "<"],
        ["ended by", "<"],
      ],
      (row) => [
        `${row.older ? ">" : ""}${duration(row.ms)}`,
        duration(row.at),
        who(row.goroutine, row.fn),
        row.reason,
        row.ended === "goroutine" ? who(row.by, row.byFn) : row.ended,
      ],
    ),
    table(
      "longest runs",
      summary.longestRuns,
      [
        ["ran", ">"],
        ["at", ">"],
        ["on", "<"],
        ["goroutine", "<"],
        ["then", "<"],
      ],
      (row) => [duration(row.ms), duration(row.at), row.lane, who(row.goroutine, row.fn), row.end],
    ),
    table(
      `who woke whom (${summary.wakesInAll} times)`,
      summary.wakes,
      [
        ["times", ">"],
        ["by", "<"],
        ["", "<"],
        ["whom", "<"],
      ],
      (row) => [`${row.count}`, row.by || "?", "->", row.fn || "?"],
    ),
    table(
      "functions",
      summary.functions,
      [
        ["", "<"],
        ["goroutines", ">"],
        ["runs", ">"],
        ["running", ">"],
        ["runnable", ">"],
        ["waiting", ">"],
      ],
      (row) => [
        row.fn || "?",
        `${row.goroutines}`,
        `${row.runs}`,
        duration(row.runningMs),
        duration(row.runnableMs),
        duration(row.waitingMs),
      ],
    ),
    table(
      "steals",
      summary.steals,
      [
        ["by", "<"],
        ["from", "<"],
        ["times", ">"],
        ["goroutines", ">"],
      ],
      (row) => [row.by, row.from, `${row.times}`, `${row.goroutines}`],
    ),
    table("regions", summary.regions, SPREAD, (row) => spread(row.name || "?", row)),
    table("tasks", summary.tasks, [...SPREAD, ["open", ">"]], (row) => [
      ...spread(row.name || "?", row),
      `${row.open}`,
    ]),
    table(
      "log messages",
      summary.logs,
      [
        ["", "<"],
        ["count", ">"],
      ],
      (row) => [row.category || "(no category)", `${row.count}`],
    ),
    table(
      "marks",
      summary.marks,
      [
        ["at", ">"],
        ["", "<"],
        ["goroutine", "<"],
      ],
      (row) => [duration(row.at), row.what || "?", row.goroutine === 0 ? "" : `${row.goroutine}`],
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n")}`;
}

const SPREAD: readonly Column[] = [
  ["", "<"],
  ["count", ">"],
  ["total", ">"],
  ["p50", ">"],
  ["max", ">"],
];

function spread(name: string, row: SpreadRow): string[] {
  return [name, `${row.count}`, duration(row.totalMs), duration(row.p50Ms), duration(row.maxMs)];
}

function head({ meta, end, durationMs, events, lost, gaps, goroutines }: TraceSummary): string {
  const lines: string[] = [];
  if (meta !== null) {
    const { program, startedAt, gort, node } = meta;
    lines.push(clipped(`${program}, ${startedAt}, gort ${gort}, node ${node}`, WIDTH));
  }
  const why = end === null ? "ends early" : `ended by ${end.reason}`;
  lines.push(`duration    ${duration(durationMs)}, ${why}`);
  const { seen, made, ended, failed, left } = goroutines;
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  lines.push(`goroutines  ${seen} seen: ${made} made, ${ended} ended${failures}, ${left} left`);
  const gap = gaps.count === 0 ? "" : `, ${gaps.count} gaps of ${duration(gaps.totalMs)} in all`;
  lines.push(`events      ${events}, ${lost} lost${gap}`);
  return `${lines.join("\n")}\n`;
}

function queue({ count, p50Ms, p99Ms, maxMs }: SpreadRow): string {
  if (count === 0) return "";
  return `from runnable to running (${count} times)\n  p50 ${duration(p50Ms)}   p99 ${duration(p99Ms)}   max ${duration(maxMs)}\n`;
}

function who(goroutine: number, fn: string): string {
  return fn === "" ? `${goroutine}` : `${goroutine} ${fn}`;
}

/** A title, the columns' titles, and a line for each row; "" when there is no row. */
function table<Row>(
  title: string,
  rows: readonly Row[],
  columns: readonly Column[],
  cells: (row: Row) => string[],
): string {
  if (rows.length === 0) return "";
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length - shown.length;
  const lines = [columns.map(([name]) => name), ...shown.map((row) => cells(row).map(plain))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)));
  shrink(widths, columns);
  const text = lines.map((line) =>
    line
      .map((cell, i) => {
        const width = widths[i] as number;
        return columns[i]?.[1] === ">" ? cell.padStart(width) : clipped(cell, width).padEnd(width);
      })
      .join("  "),
  );
  const foot = more === 0 ? [] : [`and ${more} more`];
  return `${title}\n${[...text, ...foot].map((line) => `  ${line}`.trimEnd()).join("\n")}\n`;
}

/** Takes from the widest columns of words until the line fits. */
function shrink(widths: number[], columns: readonly Column[]): void {
  let over = widths.reduce((sum, width) => sum + width + 2, 0) - WIDTH;
  for (; over > 0; over--) {
    let widest = -1;
    for (const [i, [, side]] of columns.entries())
      if (side === "<" && (widest < 0 || (widths[i] as number) > (widths[widest] as number))) widest = i;
    if (widest < 0 || (widths[widest] as number) <= 4) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}

function clipped(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** What a program has named is no place for line ends and terminal codes. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}

/** Milliseconds in a unit that suits: three digits that count. */
function duration(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1) return `${short(ms * 1000)} us`;
  if (ms < 1000) return `${short(ms)} ms`;
  if (ms < 60_000) return `${short(ms / 1000)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function short(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
