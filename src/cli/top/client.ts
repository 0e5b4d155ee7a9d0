/**
 * Asks a program's observer: answers as data, or a TopError with what is wrong in one line.
 *
 * Whatever answers is not trusted: an answer has a form, a limit of size and of time. The token is sent as a header, never as part of an address that somebody logs.
 */
import { Agent, get, type IncomingMessage } from "node:http";
import type { EndReply, GoroutineDetail, StateQuery, StateReply } from "../../web/protocol.ts";
import { tokenOf } from "../top-args.ts";
import { TopError } from "./find.ts";
import { shown } from "./text.ts";

const PATIENCE_MS = 5000;
const LARGEST = 64 * 1024 * 1024;

/** No answer, or none that helps: the next may be better. */
export class SilentError extends TopError {}

export class Client {
  readonly #base: URL;
  readonly #token: string;
  readonly #agent: Agent = new Agent({ keepAlive: true, maxSockets: 4 });

  /** `address` is the URL with its token, as the program printed it. */
  constructor(address: string) {
    this.#base = new URL(address);
    this.#token = tokenOf(this.#base) ?? "";
  }

  /** Where it asks, without the token. */
  get origin(): string {
    return this.#base.origin;
  }

  async state(query: StateQuery): Promise<StateReply> {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) words.set(name, String(value));
    const reply = await this.#ask(`/api/state?${words}`);
    if (!isState(reply)) throw this.#foreign();
    return reply;
  }

  /** null: there is none of that number. */
  async goroutine(id: number): Promise<GoroutineDetail | null> {
    return (await this.#ask(`/api/goroutine?id=${id}`, PATIENCE_MS, true)) as GoroutineDetail | null;
  }

  /** Waits for the end of the program; null when that cannot be known. */
  async end(): Promise<EndReply | null> {
    try {
      const reply = (await this.#ask("/api/end", 0)) as Partial<EndReply> | null;
      return isState(reply?.state) && typeof reply?.kind === "string" ? (reply as EndReply) : null;
    } catch {
      return null;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(path: string, timeout: number = PATIENCE_MS, mayMiss = false): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = get(
        new URL(path, this.#base),
        { agent: this.#agent, headers: { authorization: `Bearer ${this.#token}` } },
        (response) => {
          this.#read(response, mayMiss).then(resolve, reject);
        },
      );
      if (timeout > 0) {
        request.setTimeout(timeout, () => {
          request.destroy(new SilentError(`gort top: ${this.origin} does not answer (${timeout / 1000} s)`));
        });
      }
      request.on("error", (error) => reject(this.#unanswered(error)));
    });
  }

  async #read(response: IncomingMessage, mayMiss: boolean): Promise<unknown> {
    const { statusCode = 0 } = response;
    if (statusCode !== 200) {
      response.resume();
      if (statusCode === 404 && mayMiss) return null;
      if (statusCode === 400) throw new SilentError("gort top: the program does not understand this filter");
      if (statusCode === 401)
        throw new TopError(
          `gort top: ${this.origin} refuses the token: take the whole URL that the program printed`,
        );
      if (statusCode === 403)
        throw new TopError(`gort top: ${this.origin} refuses (403): take the URL as it was printed`);
      throw this.#foreign();
    }
    try {
      let text = "";
      response.setEncoding("utf8");
      for await (const piece of response as AsyncIterable<string>) {
        text += piece;
        if (text.length > LARGEST) throw this.#foreign();
      }
      return JSON.parse(text);
    } catch (error) {
      throw error instanceof SyntaxError ? this.#foreign() : this.#unanswered(error as Error);
    }
  }

  #unanswered(error: Error): Error {
    if (error instanceof TopError) return error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED")
      return new TopError(
        `gort top: nobody listens at ${this.origin}: the program has ended, or the port is another`,
      );
    if (code === "ECONNRESET" || code === "EPIPE" || code === "ERR_STREAM_PREMATURE_CLOSE")
      return new TopError(`gort top: ${this.origin} has hung up: it has ended, or is not gort's`);
    if (code?.startsWith("HPE_")) return this.#foreign();
    return new TopError(`gort top: ${this.origin}: ${shown(error.message)}`);
  }

  #foreign(): TopError {
    return new TopError(`gort top: ${this.origin} is not a gort program (it does not answer as one)`);
  }
}

function isState(reply: unknown): reply is StateReply {
  const state = reply as Partial<StateReply> | null | undefined;
  return (
    state?.format === 1 &&
    typeof state.now === "number" &&
    typeof state.totals === "object" &&
    [state.procs, state.goroutines, state.groups, state.channels, state.warnings, state.graph?.edges].every(
      Array.isArray,
    )
  );
}
