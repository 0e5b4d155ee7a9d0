/**
 * The observer's HTTP server: the routes of web/protocol.ts, behind the guard.
 *
 * Bounded: {@link MOST_CONNECTIONS} connections, of those so many that wait for the end; headers as long as node allows; bodies are thrown away.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { METRICS_TYPE, metricsText } from "../../runtime/metrics-text.ts";
import { futexWake, store } from "../../shm/atomic.ts";
import { perfettoFile } from "../../trace/read/perfetto.ts";
import { readTrace } from "../../trace/reader.ts";
import type { Ended, EndReply, NamesReply } from "../protocol.ts";
import type { PageFile } from "./files.ts";
import { Guard, SAFE_HEADERS } from "./guard.ts";
import type { Observer } from "./observer.ts";
import { BadQuery, dumpFormat, firstOf, goroutineId, lanesQuery, secondsOf, stateQuery } from "./queries.ts";

const MOST_CONNECTIONS = 64;
const MOST_WAITING = 48;
const RECEIVE_MS = 5000;
/** The end is told within this time, or not at all. */
const FLUSH_MS = 200;
const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const BINARY = "application/octet-stream";
const PPROF = "application/octet-stream";

export class ObserverServer {
  readonly server: Server;
  private guard: Guard | null = null;
  private readonly observer: Observer;
  private readonly files: ReadonlyMap<string, PageFile>;
  /** Those who wait for the end. */
  private readonly waiting = new Set<ServerResponse>();
  private readonly routes: Readonly<
    Record<string, (query: URLSearchParams, answer: ServerResponse) => void | Promise<void>>
  >;

  constructor(observer: Observer, files: ReadonlyMap<string, PageFile>) {
    this.observer = observer;
    this.files = files;
    this.routes = {
      "/api/state": async (query, answer) => {
        const wanted = stateQuery(query);
        await observer.toldOf(wanted);
        sendJson(answer, 200, observer.state(wanted));
      },
      "/api/lanes": (query, answer) => send(answer, 200, BINARY, observer.lanes(lanesQuery(query))),
      "/api/names": (query, answer) => {
        const first = firstOf(query);
        sendJson(answer, 200, { first, names: observer.texts.list.slice(first) } satisfies NamesReply);
      },
      "/api/goroutine": (query, answer) => this.goroutine(query, answer),
      "/api/end": (_, answer) => this.waitForEnd(answer),
      "/api/dump": (query, answer) => this.dump(query, answer),
      "/api/trace": (query, answer) => this.trace(query, answer),
      "/api/perfetto": (query, answer) => this.perfetto(query, answer),
      "/metrics": async (_, answer) => send(answer, 200, METRICS_TYPE, metricsText(await observer.metrics())),
    };
    observer.threads.onEnded = (ended, heard) => void this.end(ended, heard);
    this.server = createServer((request, answer) => {
      this.answer(request, answer).catch((error: unknown) => {
        if (error instanceof BadQuery) fail(answer, 400, error.message);
        else fail(answer, 500, `the observer failed: ${String(error)}`);
      });
    });
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.headersTimeout = RECEIVE_MS;
    this.server.requestTimeout = RECEIVE_MS;
  }

  /** Listens; gives the port. */
  listen(host: string, port: number, token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen({ host, port, exclusive: true }, () => {
        this.server.off("error", reject);
        const { port: found } = this.server.address() as { port: number };
        this.guard = new Guard(host, found, token);
        resolve(found);
      });
    });
  }

  /** The program ends: whoever waits is told, and then the thread that waits for that. */
  private async end(ended: Ended, heard: SharedArrayBuffer): Promise<void> {
    this.observer.end(ended);
    const reply: EndReply = { ...ended, state: this.observer.state({}) };
    const told = [...this.waiting].map(
      (answer) =>
        new Promise<void>((resolve) => {
          answer.once("finish", resolve).once("close", resolve);
          sendJson(answer, 200, reply);
        }),
    );
    this.waiting.clear();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    await Promise.race([Promise.all(told), late]);
    clearTimeout(timer);
    const word = new Int32Array(heard);
    store(word, 0, 1);
    futexWake(word, 0);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    // A body says nothing here, and is not kept.
    request.resume();
    for (const [name, value] of Object.entries(SAFE_HEADERS)) answer.setHeader(name, value);
    const guard = this.guard as Guard;
    const refusal = guard.refusal(request);
    if (refusal !== null) {
      if (refusal.status === 405) answer.setHeader("Allow", "GET");
      fail(answer, refusal.status, refusal.text);
      return;
    }
    const { url = "/" } = request;
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    const file = this.files.get(path);
    if (file !== undefined) {
      sendFile(request, answer, file);
      return;
    }
    answer.setHeader("Cache-Control", "no-store");
    const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    if (!guard.isKnown(request, query)) {
      answer.setHeader("WWW-Authenticate", "Bearer");
      fail(answer, 401, "the token is missing or wrong: it is in the URL that gort has told");
      return;
    }
    const route = Object.hasOwn(this.routes, path) ? this.routes[path] : undefined;
    if (route === undefined) fail(answer, 404, "there is nothing here");
    else await route(query, answer);
  }

  private async goroutine(query: URLSearchParams, answer: ServerResponse): Promise<void> {
    const id = goroutineId(query.get("id"));
    const found = await this.observer.goroutine(id);
    if (found === null) fail(answer, 404, `there is no goroutine ${id}`);
    else if (found === undefined)
      fail(answer, 503, `no thread that answers knows goroutine ${id}, and one is silent: it computes`);
    else sendJson(answer, 200, found);
  }

  private waitForEnd(answer: ServerResponse): void {
    const { ended } = this.observer;
    if (ended !== null) {
      sendJson(answer, 200, { ...ended, state: this.observer.state({}) } satisfies EndReply);
      return;
    }
    if (this.waiting.size >= MOST_WAITING) {
      fail(answer, 503, "too many wait for the end");
      return;
    }
    this.waiting.add(answer);
    answer.once("close", () => this.waiting.delete(answer));
  }

  private async dump(query: URLSearchParams, answer: ServerResponse): Promise<void> {
    const format = dumpFormat(query);
    const data = await this.observer.file((ask) => ({ kind: "stacks", ask, format }));
    const [type, ending] = { text: [TEXT, "txt"], json: [JSON_TYPE, "json"], pprof: [PPROF, "pb.gz"] }[
      format
    ] as [string, string];
    sendDownload(answer, type, `goroutines.${ending}`, data);
  }

  private async trace(query: URLSearchParams, answer: ServerResponse): Promise<void> {
    const seconds = secondsOf(query);
    const data = await this.observer.file((ask) => ({ kind: "last", ask, seconds }));
    sendDownload(answer, BINARY, "last.trace", data);
  }

  private async perfetto(query: URLSearchParams, answer: ServerResponse): Promise<void> {
    const seconds = secondsOf(query);
    const data = await this.observer.file((ask) => ({ kind: "last", ask, seconds }));
    sendDownload(answer, JSON_TYPE, "last.json", data === undefined ? undefined : converted(data));
  }
}

function sendDownload(
  answer: ServerResponse,
  type: string,
  name: string,
  data: Uint8Array | string | undefined,
): void {
  if (data === undefined) {
    fail(answer, 503, "silent: the thread that was asked computes; try again");
    return;
  }
  answer.setHeader("Content-Disposition", `attachment; filename="${name}"`);
  send(answer, 200, type, data);
}

function sendFile(request: IncomingMessage, answer: ServerResponse, file: PageFile): void {
  const { type, plain, zipped } = file;
  answer.setHeader("Cache-Control", "no-cache");
  answer.setHeader("Vary", "Accept-Encoding");
  if (zipped !== null && takesGzip(String(request.headers["accept-encoding"] ?? ""))) {
    answer.setHeader("Content-Encoding", "gzip");
    send(answer, 200, type, zipped);
  } else send(answer, 200, type, plain);
}

function takesGzip(accepted: string): boolean {
  return accepted.split(",").some((one) => {
    const [coding = "", ...parameters] = one.split(";").map((part) => part.trim().toLowerCase());
    return (coding === "gzip" || coding === "*") && !parameters.some((part) => /^q=0(?:\.0*)?$/.test(part));
  });
}

function sendJson(answer: ServerResponse, status: number, value: unknown): void {
  send(answer, status, JSON_TYPE, JSON.stringify(value));
}

function fail(answer: ServerResponse, status: number, text: string): void {
  if (!answer.headersSent) send(answer, status, TEXT, `${text}\n`);
}

function send(answer: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  answer.writeHead(status, { "Content-Type": type, "Content-Length": bytes.byteLength });
  answer.end(bytes);
}

/** A trace as JSON for Perfetto. Some seconds of it at most, so it fits into memory. */
function converted(trace: Uint8Array | string): Uint8Array {
  const pieces: Uint8Array[] = [];
  // A piece is valid until the next one is made.
  for (const piece of perfettoFile(readTrace(trace as Uint8Array))) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}
