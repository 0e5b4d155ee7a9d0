/**
 * `gort top [PID|URL]`: what `top` is for processes, for the goroutines of a program.
 *
 * It asks for the program's state once an interval, and draws it, or writes it as text or JSON. When the program ends, its last state is written
 * below what stood in the terminal, with a line that says how it ended.
 */
import type { ReadStream } from "node:tty";
import type { Ended, StateReply } from "../../web/protocol.ts";
import { Client, SilentError } from "../top/client.ts";
import { addressOf, onlyProgram, TopError } from "../top/find.ts";
import { frameOf, plainOf } from "../top/frame.ts";
import { type Line, paint } from "../top/line.ts";
import { Screen } from "../top/screen.ts";
import { shown, shownAscii } from "../top/text.ts";
import { firstView, isGrouped, keysOf, MIN_INTERVAL_MS, press, remember, type View } from "../top/view.ts";
import type { TopCommand } from "../top-args.ts";

export async function runTop(command: TopCommand): Promise<void> {
  // Whoever reads what is written here has read enough (head).
  process.stdout.on("error", () => process.exit(0));
  let client: Client | undefined;
  try {
    client = new Client(await address(command));
    const watch = new Watch(client, firstView(command));
    await watch.look();
    if (isScreen(command)) await onScreen(watch, command);
    else await asText(watch, command);
  } catch (error) {
    if (!(error instanceof TopError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    client?.close();
  }
}

function address({ target }: TopCommand): string | Promise<string> {
  if (typeof target === "string") return target;
  return target === undefined ? onlyProgram() : addressOf(target);
}

function isScreen({ form, once }: TopCommand): boolean {
  const { stdin, stdout, env } = process;
  return form === "screen" && !once && stdin.isTTY && stdout.isTTY && env["TERM"] !== "dumb";
}

/** A program as it is looked at: its last two states, and whether it has ended. */
class Watch {
  readonly #client: Client;
  view: View;
  state!: StateReply;
  previous: StateReply | null = null;
  ended: Ended | null = null;
  /** What was wrong with the last look, and may be better at the next. */
  trouble = "";
  #end: Promise<void> | undefined;
  #wake: () => void = () => {};

  constructor(client: Client, view: View) {
    this.#client = client;
    this.view = view;
  }

  /** Asks once. The first time every mistake is thrown; later a program that has gone has ended. */
  async look(): Promise<void> {
    const isFirst = this.#end === undefined;
    try {
      this.#take(await this.#client.state(queryOf(this.view)));
      if (this.view.mode === "detail") await this.#lookAtOne(this.view.about);
      this.trouble = "";
    } catch (error) {
      if (isFirst || !(error instanceof TopError)) throw error;
      if (error instanceof SilentError) this.trouble = error.message;
      else await this.#gone();
    }
    this.#end ??= this.#client.end().then((reply) => {
      if (reply === null) return;
      this.#take({ ...reply.state, ended: reply });
      this.wake();
    });
  }

  #take(state: StateReply): void {
    // A look that a key has asked for comes soon after another: rates over so short a time jump.
    const isSoon = this.previous !== null && state.now - this.state.now < MIN_INTERVAL_MS / 2;
    if (!isSoon) {
      this.previous = this.state ?? null;
      this.view = remember(this.view, state);
    }
    this.state = state;
    this.ended = state.ended;
  }

  async #lookAtOne(id: number): Promise<void> {
    const detail = (await this.#client.goroutine(id)) ?? "gone";
    if (this.view.mode === "detail" && this.view.about === id) this.view = { ...this.view, detail };
  }

  /** Its last word may still be under way. */
  async #gone(): Promise<void> {
    await Promise.race([this.#end, new Promise((resolve) => setTimeout(resolve, MIN_INTERVAL_MS))]);
    if (this.ended !== null) return;
    this.ended = { kind: "lost", code: null, message: "", dump: "" };
    this.state = { ...this.state, ended: this.ended };
  }

  /** Until it is time to look again, or something has happened; `null`: only the latter. */
  rest(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.#wake();
  }
}

const SERVER_SORTS = {
  cpu: "state",
  blocked: "wait",
  wait: "wait",
  count: "fn",
  id: "id",
  state: "state",
} as const;
const PAGE_OF_ROWS = 200;
const MOST_ROWS = 5000;

function queryOf(view: View): { filter?: string; sort: "id" | "wait" | "state" | "fn"; limit: number } {
  const grouped = isGrouped(view) && view.mode === "goroutines";
  // One page more than is scrolled to.
  const pages = Math.floor(view.selected / PAGE_OF_ROWS) + 2;
  const limit = grouped ? 1 : Math.min(MOST_ROWS, pages * PAGE_OF_ROWS);
  return { ...(view.filter !== "" && { filter: view.filter }), sort: SERVER_SORTS[view.sort], limit };
}

async function onScreen(watch: Watch, command: TopCommand): Promise<void> {
  let isOver = false;
  const isColoured = command.isColoured && !process.env["NO_COLOR"] && process.stdout.hasColors();
  const mark = command.ascii ? "~" : "…";
  const screen = new Screen(process.stdin as ReadStream, process.stdout, onKeys, draw);

  function draw(): void {
    const { size } = screen;
    const frame = frameOf(watch.state, watch.previous, watch.view, size);
    watch.view = frame.view;
    const trouble: Line = [{ text: watch.trouble, look: "warning" }];
    const lines = watch.trouble === "" ? frame.lines : [...frame.lines.slice(0, -1), trouble];
    screen.draw(lines.map((line) => paint(line, size.columns, mark, isColoured)));
  }

  function onKeys(text: string): void {
    for (const key of keysOf(text)) {
      const { rows } = frameOf(watch.state, watch.previous, watch.view, screen.size);
      const [view, action] = press(watch.view, key, rows);
      watch.view = view;
      if (action === "quit") isOver = true;
      if (action === "redraw") screen.forget();
      if (action === "suspend") screen.suspend();
      if (action === "ask" || action === "quit") watch.wake();
    }
    draw();
  }

  screen.enter();
  while (!isOver && watch.ended === null) {
    draw();
    await watch.rest(watch.view.paused ? null : watch.view.intervalMs);
    if (!isOver && watch.ended === null) await watch.look();
  }
  const { columns } = screen.size;
  screen.leave();
  if (watch.ended === null) return;
  const lines = plainOf(watch.state, watch.previous, watch.view, columns);
  process.stdout.write(`${lines.join("\n")}\n${endText(watch, command.ascii)}\n`);
}

const DEFAULT_COLUMNS = 120;

async function asText(watch: Watch, command: TopCommand): Promise<void> {
  const { form, once, intervalMs } = command;
  const columns = process.stdout.columns || Number(process.env["COLUMNS"]) || DEFAULT_COLUMNS;
  const write = (): Promise<void> => {
    if (form === "json") return put(`${JSON.stringify(watch.state)}\n`);
    return put(`${plainOf(watch.state, watch.previous, watch.view, columns).join("\n")}\n\n`);
  };
  if (once && watch.ended === null && form !== "json") {
    // Rates need two.
    await watch.rest(MIN_INTERVAL_MS);
    await watch.look();
  }
  await write();
  while (!once && watch.ended === null) {
    await watch.rest(intervalMs);
    const before = watch.state;
    if (watch.ended === null) await watch.look();
    if (watch.trouble !== "") console.error(watch.trouble);
    else if (watch.state !== before || watch.ended !== null) await write();
  }
  if (watch.ended === null) return;
  if (form === "json") console.error(endText(watch, command.ascii));
  else await put(`${endText(watch, command.ascii)}\n`);
}

/** Waits until it has been written: a slow reader slows the looks down, and nothing piles up. */
function put(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

function endText({ ended, state }: Watch, ascii: boolean): string {
  const { kind, code, message } = ended as Ended;
  const said = message === "" ? "" : `: ${(ascii ? shownAscii : shown)(message.trim())}`;
  const who = `program ${state.pid}`;
  if (kind === "exit") return `gort top: ${who} has ended${code === null ? "" : `: exit code ${code}`}`;
  if (kind === "deadlock") return `gort top: ${who} has ended with a deadlock${said}`;
  if (kind === "panic") return `gort top: ${who} has ended with a panic${said}`;
  return `gort top: ${who} is gone: it answers no more, and has not said why`;
}
