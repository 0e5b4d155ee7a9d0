/**
 * What the compiler says about gort/http. Nothing here is run, as in ops.test-d.ts.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Context, chan, type Goroutine, go, type Op, select, sleep } from "gort";
import {
  type Address,
  type AsyncHandler,
  type GoroutineHandler,
  RequestAbortedError,
  readBody,
  type readChunk,
  type ServeOptions,
  type Server,
  send,
  serve,
} from "gort/http";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export function handlers(): void {
  same<ReturnType<typeof serve>, Op<Server>>(true);
  serve({ port: 0 }, function* (req, res, ctx) {
    same<typeof req, IncomingMessage>(true);
    same<typeof res, ServerResponse>(true);
    same<typeof ctx, Context>(true);
    yield* sleep(1);
    res.end();
  });
  serve({ port: 0 }, async (req, res, ctx) => {
    same<typeof req, IncomingMessage>(true);
    same<typeof ctx, Context>(true);
    res.end();
  });
  serve({ port: 0 }, (req, res) => {
    same<typeof req, IncomingMessage>(true);
    res.end();
  });
  serve({ port: 0 }, (_req, res) => res.end("hello"));
  serve({ port: 0 }, function* () {
    return 1;
  });
  serve({}, named);
  const wholly: GoroutineHandler = named;
  const promised: AsyncHandler = async (_req, res) => res.end();
  serve({}, wholly);
  serve({}, promised);
  // @ts-expect-error a star is missing
  serve({}, function* () {
    yield sleep(1);
  });
  // @ts-expect-error only operations can be yielded
  serve({}, function* () {
    yield 1;
  });
  // @ts-expect-error a handler has three arguments
  serve({}, function* (_req: IncomingMessage, _res: ServerResponse, _ctx: Context, _more: number) {});
  // @ts-expect-error there is no server without a handler
  serve({});
}

function* named(_req: IncomingMessage, res: ServerResponse): Goroutine {
  res.end();
}

export function options(ctx: Context): void {
  const all: ServeOptions = {
    port: 80,
    host: "::",
    backlog: 5,
    reusePort: true,
    tls: { key: "k", cert: "c" },
    cores: "all",
    ctx,
    onError: (error, req) => {
      same<typeof error, unknown>(true);
      same<typeof req, IncomingMessage>(true);
    },
    http: { requestTimeout: 1000, keepAliveTimeout: 5, maxHeaderSize: 100 },
  };
  serve(all, named);
  serve({ path: "/run/x", cores: 2 }, named);
  // @ts-expect-error a port is a number
  serve({ port: "80" }, named);
  // @ts-expect-error there is no such option
  serve({ prot: 80 }, named);
  // @ts-expect-error cores is a number or "all"
  serve({ cores: "some" }, named);
  // @ts-expect-error a server takes a context, and no signal
  serve({ ctx: new AbortController().signal }, named);
}

export function* server(server: Server, ctx: Context): Goroutine {
  same<typeof server.addr, Address>(true);
  same<ReturnType<typeof server.close>, Op<void>>(true);
  yield* server.close();
  yield* server.close(ctx);
  const s = yield* select({ closed: server.close(), late: sleep(5) });
  same<typeof s.case, "closed" | "late">(true);
  // @ts-expect-error where it listens is only read
  server.addr = { path: "x" };
}

export function* helpers(req: IncomingMessage, res: ServerResponse): Goroutine {
  same<ReturnType<typeof readBody>, Op<Buffer>>(true);
  same<ReturnType<typeof readChunk>, Op<Buffer | undefined>>(true);
  same<ReturnType<typeof send>, Op<void>>(true);
  yield* send(res, yield* readBody(req, 100));
  yield* send(res, "text");
  yield* go(function* () {
    return yield* select({ body: readBody(req), quit: chan<string>().recv() });
  });
  // @ts-expect-error what is sent is a string or bytes
  send(res, 5);
  // @ts-expect-error a body is read from a request
  readBody(res);
  const error = new RequestAbortedError();
  same<typeof error.code, "GORT_REQUEST_ABORTED">(true);
}
