/**
 * Tells a run as a table: who did what, step by step.
 *
 *   step  goroutine     operation     where             what came of it
 *      1  1 main        join          bank.ts:21:5      waits
 *      2  2 withdraw    chan receive  bank.ts:11:3      5, gives way
 */
import { External } from "../runtime/external.ts";
import { captureStack, positionText, userFrames } from "../runtime/frames.ts";
import { Go } from "../runtime/goroutine.ts";
import type { Operation } from "../runtime/operation.ts";
import { framesOf, operationOf } from "../runtime/probe.ts";
import { p, type Runnable } from "../runtime/processor.ts";
import { G, State } from "../runtime/status.ts";
import { reasonText } from "../runtime/wait-reason.ts";
import type { Attempt } from "./attempt.ts";

interface Row {
  readonly who: string;
  readonly operation: string;
  readonly where: string;
  outcome: string;
}

const HEAD: Row = { who: "goroutine", operation: "operation", where: "where", outcome: "what came of it" };
/** More rows than this nobody reads: the last ones are kept. */
const MOST_ROWS = 60;
const MOST_WORDS = 40;

export class Narrator {
  /** So many steps are not told in detail, which takes time. */
  private skipped: number;
  private readonly rows: Row[] = [];
  private readonly waiting = new Map<number, { readonly row: Row; readonly op: Operation<unknown> | null }>();
  /** What operations are on, numbered as they come: two channels can be told apart. */
  private readonly objects = new Map<object, number>();
  /** The goroutine that runs has given way after an operation that is told already. */
  private gaveWay = false;

  constructor(skipped: number) {
    this.skipped = skipped;
  }

  /** Listens to `attempt`. */
  attach(attempt: Attempt): void {
    attempt.watcher = { before: (next) => this.before(next), after: (next) => this.after(next) };
    attempt.onReady = (op, givesWay) => this.ready(op, givesWay);
  }

  get table(): string {
    const { rows } = this;
    const left = Math.max(0, rows.length - MOST_ROWS);
    const shown = rows.slice(left);
    const wide = (of: (row: Row) => string): number =>
      Math.max(...[HEAD, ...shown].map((row) => of(row).length));
    const widths = [wide((r) => r.who), wide((r) => r.operation), wide((r) => r.where)] as const;
    const digits = Math.max(4, String(rows.length).length);
    const line = (step: string, row: Row): string =>
      `${step.padStart(digits)}  ${row.who.padEnd(widths[0])}  ${row.operation.padEnd(widths[1])}  ${row.where.padEnd(widths[2])}  ${row.outcome}`.trimEnd();
    const lines = shown.map((row, i) => line(String(left + i + 1), row));
    if (left > 0) lines.unshift(`${"…".padStart(digits)}  (${left} earlier steps)`);
    return [line("step", HEAD), ...lines].join("\n");
  }

  private before(next: Runnable): void {
    this.gaveWay = false;
    if (!(next instanceof Go)) {
      if (next instanceof External) this.tell("async code", this.wordsOf(next.op), "", goesOn(next.op.value));
      return;
    }
    const wait = this.waiting.get(next.id);
    this.waiting.delete(next.id);
    if (wait === undefined) return;
    const { row, op } = wait;
    const value = op === null || op.done === State.failed ? undefined : op.value;
    this.tell(row.who, row.operation, row.where, goesOn(value));
  }

  private after(next: Runnable): void {
    if (!(next instanceof Go)) return;
    if (next.state === G.waiting) {
      const op = operationOf(next);
      const row = this.tell(
        nameOf(next),
        `${reasonText(next.reason)}${this.labelOf(op)}`,
        whereIs(next),
        "waits",
      );
      this.waiting.set(next.id, { row, op });
    } else if (next.state === G.dead) {
      this.tell(nameOf(next), "", "", next.failed ? `ends: ${brief(String(next.value))}` : "ends");
    } else if (!this.gaveWay) {
      this.tell(nameOf(next), "gosched", whereIs(next), "gives way");
    }
  }

  private ready(op: Operation<unknown>, givesWay: boolean): void {
    if (this.skipped-- > 0) {
      this.tell("", "", "", "");
      this.gaveWay = givesWay;
      return;
    }
    const g = p.current as Go;
    const frame = userFrames(captureStack().stack)[0];
    const value = (op.value === undefined ? "" : shown(op.value)) || "done";
    const where = frame === undefined ? "" : short(positionText(frame));
    this.tell(nameOf(g), this.wordsOf(op), where, givesWay ? `${value}, gives way` : value);
    this.gaveWay = givesWay;
  }

  private tell(who: string, operation: string, where: string, outcome: string): Row {
    const row = { who, operation, where, outcome };
    this.rows.push(row);
    return row;
  }

  private wordsOf(op: Operation<unknown>): string {
    return `${op.toString().replace(/^this (.*) operation$/, "$1")}${this.labelOf(op)}`;
  }

  /** The number of what an operation is on. */
  private labelOf(op: Operation<unknown> | null): string {
    if (op === null) return "";
    const { ch, mutex, lock, semaphore, cond, group, goroutine } = op as unknown as Record<string, unknown>;
    if (goroutine instanceof Go) return ` ${goroutine.id}`;
    const on = [ch, mutex, lock, semaphore, cond, group].find(
      (value) => typeof value === "object" && value !== null,
    );
    if (on === undefined) return "";
    const number = this.objects.get(on as object) ?? this.objects.size + 1;
    this.objects.set(on as object, number);
    return ` #${number}`;
  }
}

function goesOn(value: unknown): string {
  const text = value === undefined ? "" : shown(value);
  return text === "" ? "goes on" : `goes on: ${text}`;
}

function nameOf(g: Go): string {
  return g.name === "" ? String(g.id) : `${g.id} ${g.name}`;
}

function whereIs(g: Go): string {
  const frame = framesOf(g)[0];
  return frame === undefined ? "" : short(positionText(frame));
}

/** The file's own name is enough. */
function short(position: string): string {
  return position.slice(Math.max(position.lastIndexOf("/"), position.lastIndexOf("\\")) + 1);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}

function brief(text: string): string {
  const [first = ""] = text.split("\n");
  return first.length > MOST_WORDS ? `${first.slice(0, MOST_WORDS)}…` : first;
}

function shown(value: unknown): string {
  // A guard, a connection: what it is, the operation says.
  if (typeof value === "object" && value !== null && !isPlain(value)) return "";
  return brief(
    process.getBuiltinModule("node:util").inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY }),
  );
}
