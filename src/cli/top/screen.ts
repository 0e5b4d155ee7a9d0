/**
 * The terminal while `gort top` has it: alternate screen, no cursor, no wrapping, keys as they are pressed.
 *
 * Invariants:
 *   I1  It is given back on every way out: leave(), exit, an uncaught error (before that is printed), SIGTERM, SIGHUP, SIGINT, and while it is suspended.
 *   I2  Only lines that changed are written; after a change of size all are.
 *   I3  No line is wider than the terminal: nothing wraps or scrolls.
 */
import { writeSync } from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

/** What a shell reports of a program that the signal has ended. */
const SIGNALS: Readonly<Record<string, number>> = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 };

/** The system stops a process a little after it was told to. */
const STOPPED_AFTER_MS = 50;

export class Screen {
  readonly #in: ReadStream;
  readonly #out: WriteStream;
  readonly #fd: number;
  readonly #onChange: () => void;
  #drawn: string[] = [];
  #entered = false;

  constructor(input: ReadStream, output: WriteStream, onKeys: (text: string) => void, onChange: () => void) {
    this.#in = input;
    this.#out = output;
    this.#fd = (output as WriteStream & { readonly fd: number }).fd;
    input.setEncoding("utf8");
    input.on("data", (text: unknown) => onKeys(text as string));
    // The terminal is gone: so is who looks at it.
    input.on("error", () => process.exit(SIGNALS["SIGHUP"]));
    output.on("error", () => process.exit(SIGNALS["SIGHUP"]));
    input.on("end", () => process.exit(SIGNALS["SIGHUP"]));
    this.#onChange = onChange;
    output.on("resize", () => {
      this.forget();
      onChange();
    });
    process.on("SIGCONT", () => {
      if (this.#entered) this.#again();
    });
    process.on("exit", () => this.leave());
    process.on("uncaughtExceptionMonitor", () => this.leave());
    for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(code));
  }

  get size(): { columns: number; rows: number } {
    // A terminal that does not know its size says 0.
    return { columns: this.#out.columns || 80, rows: this.#out.rows || 24 };
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#in.setRawMode(true);
    this.#in.resume();
    this.forget();
    this.#write(ENTER);
  }

  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    try {
      this.#in.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
    this.#in.pause();
    this.#write(LEAVE);
  }

  /** Ctrl-Z: the whole job stops, as if the terminal had said so; when it goes on, or could not be stopped (nobody could wake it), so does the screen. */
  suspend(): void {
    this.leave();
    process.kill(0, "SIGTSTP");
    setTimeout(() => this.#again(), STOPPED_AFTER_MS);
  }

  /** Whoever had the terminal in between has left it in another state. */
  #again(): void {
    this.leave();
    this.enter();
    this.#onChange();
  }

  /** Nothing is known of what the terminal shows: all is drawn next time. */
  forget(): void {
    this.#drawn = [];
  }

  draw(lines: readonly string[]): void {
    if (!this.#entered) return;
    let text = this.#drawn.length === 0 ? "\x1b[2J" : "";
    // Cleared first: behind a line that ends at the edge the cursor still stands on its last cell.
    for (const [row, line] of lines.entries())
      if (line !== this.#drawn[row]) text += `\x1b[${row + 1};1H\x1b[K${line}\x1b[0m`;
    if (text !== "") this.#write(text);
    this.#drawn = [...lines];
  }

  /** At once: the process may be about to end. */
  #write(text: string): void {
    let rest = Buffer.from(text);
    for (let tries = 0; rest.length > 0 && tries < 10_000; tries++) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      }
    }
  }
}
