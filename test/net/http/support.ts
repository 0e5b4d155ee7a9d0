/**
 * What the tests of gort/http share: a server for the length of a test, two kinds of clients, and a look at what is left behind.
 */
import assert from "node:assert/strict";
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from "node:http";
import { connect, type Socket } from "node:net";
import {
  background,
  type Context,
  chan,
  type Goroutine,
  go,
  type Op,
  run,
  select,
  wait,
  withCancel,
} from "gort";
import { type ServeOptions, type Server, serve } from "gort/http";
import { host as counts } from "#src/runtime/netpoll.ts";
import { turn } from "../../go/support.ts";

export type Handler = (req: IncomingMessage, res: ServerResponse, ctx: Context) => Goroutine<unknown>;

/**
 * A test body: a main goroutine that has a server on loopback, which is closed in the end and leaves nothing behind. A handler that fails fails the test, unless the test asks
 * to hear of it.
 */
export function withServer(
  handler: Handler,
  body: (server: Server) => Goroutine,
  options: ServeOptions = {},
): () => Promise<void> {
  return async () => {
    await run(function* main() {
      const failures = chan<{ error: unknown }>(100);
      const server = yield* serve(
        { port: 0, host: "127.0.0.1", onError: (error) => failures.trySend({ error }), ...options },
        handler,
      );
      try {
        const s = yield* select({ body: go(body, server), failed: failures.recv() });
        if (s.case === "failed") throw s.value?.error;
      } catch (error) {
        yield* destroyed(server);
        throw error;
      }
      yield* server.close();
    });
    await nothingLeft();
  };
}

const [over, end] = withCancel(background());
end();

/** Lets the event loop turn often enough that what is under way on loopback has come to rest. */
export function* turns(): Goroutine {
  for (let i = 0; i < 20; i++) yield* wait(turn());
}

const OURS = /^(?:TCP|Pipe|TLS)|^Immediate$/;
/** The test runner's own pipe to its parent. */
const standing = resources();

function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => OURS.test(kind))
    .sort();
}

/** No socket, no listening server, no waiter that counts as waiting for the host. */
export async function nothingLeft(): Promise<void> {
  for (let i = 0; i < 10_000 && (resources().length > standing.length || counts.waiting > 0); i++)
    await turn();
  assert.deepEqual({ resources: resources(), waiting: counts.waiting }, { resources: standing, waiting: 0 });
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export function portOf(server: Server): number {
  assert.ok("port" in server.addr);
  return server.addr.port;
}

/** Asks by Node's client, on a connection of its own unless there is an agent. */
export function fetched(
  server: Server,
  path = "/",
  { body, ...options }: RequestOptions & { body?: string | Buffer } = {},
): Promise<Reply> {
  let resolve: (reply: Reply) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Reply>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const asked = request(
    { host: "127.0.0.1", port: portOf(server), path, agent: false, ...options },
    async (res) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of res) chunks.push(chunk as Buffer);
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: Buffer.concat(chunks).toString(),
        });
      } catch (error) {
        reject(error);
      }
    },
  );
  asked.on("error", reject);
  asked.end(body);
  return promise;
}

/** {@link fetched} for a goroutine. */
export function* ask(...args: Parameters<typeof fetched>): Goroutine<Reply> {
  return yield* wait(fetched(...args));
}

/** A client that sends the bytes that it is told to, and keeps all that comes. */
export class Raw {
  readonly socket: Socket;
  text = "";
  private isOver = false;
  private readonly waiting: Set<() => void> = new Set();

  constructor(server: Server, halfOpen = false) {
    this.socket = connect({ port: portOf(server), host: "127.0.0.1", allowHalfOpen: halfOpen });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => {
      this.text += text;
      this.tell();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isOver = true;
      this.tell();
    });
  }

  send(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** Waits until `text` has come; fails when the connection ends without. */
  *sees(text: string): Goroutine {
    while (!this.text.includes(text)) {
      assert.ok(!this.isOver, `the connection ended; it said ${JSON.stringify(this.text.slice(0, 400))}`);
      yield* wait(new Promise<void>((resolve) => this.waiting.add(resolve)));
    }
  }

  /** Waits until the connection is closed; gives all that it said. */
  *ends(): Goroutine<string> {
    while (!this.isOver) yield* wait(new Promise<void>((resolve) => this.waiting.add(resolve)));
    return this.text;
  }

  private tell(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

/** A request's head, and its end. */
export function get(path = "/", ...headers: string[]): string {
  return `${[`GET ${path} HTTP/1.1`, "Host: x", ...headers].join("\r\n")}\r\n\r\n`;
}

/** The head of a request with `length` bytes of body. */
export function post(length: number, path = "/"): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
}

/** What waiting for `op` throws; fails when it throws nothing. */
export function* thrown(op: Op<unknown>): Goroutine<unknown> {
  try {
    yield* op;
  } catch (error) {
    return error;
  }
  return assert.fail("expected an error");
}

/** Closes what is left of a test that failed; its handlers may be waiting for ever. */
function* destroyed(server: Server): Goroutine {
  try {
    yield* server.close(over);
  } catch {
    // It says that there was no time.
  }
}
