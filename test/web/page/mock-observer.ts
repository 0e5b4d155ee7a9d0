/**
 * An observer for the page's tests: the built page, and the program of program.ts behind the API of src/web/protocol.ts. Counts what it is asked.
 */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ended } from "#src/trace/rows.ts";
import { detailOf, lanesReply, stateReply } from "./program.ts";

const page = fileURLToPath(new URL("../../../../dist/web/page", import.meta.url));
export const TOKEN = "00112233445566778899aabbccddeeff";
const TYPES: Record<string, string> = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

export interface Mock extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for, with their queries. */
  readonly asked: string[];
  /** Requests without the token, or for what is not there. */
  readonly refused: string[];
  /** The program ends: whoever asks is told. */
  end(how: Ended): void;
  /** Whether the program has neither cycles nor warnings. */
  calm: boolean;
  /** As a process that was killed: every connection is cut, and there is nobody from then on. */
  die(): Promise<void>;
}

export async function observe(): Promise<Mock> {
  const began = performance.now() - 60_000;
  const now = (): number => performance.now() - began;
  const waiting: ServerResponse[] = [];
  let ended: Ended | null = null;

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://mock");
    if (!url.pathname.startsWith("/api/")) {
      file(url.pathname, response);
      return;
    }
    mock.asked.push(url.pathname + url.search);
    if (allowed(request)) answer(url, request, response);
    else refuse(401, request, response);
  });

  function file(path: string, response: ServerResponse): void {
    const name = path === "/" ? "index.html" : path.slice(1);
    const type = TYPES[name];
    if (type === undefined) {
      mock.refused.push(path);
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": type,
      "content-encoding": "gzip",
      "content-security-policy":
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    response.end(readFileSync(join(page, `${name}.gz`)));
  }

  function refuse(status: number, request: IncomingMessage, response: ServerResponse): void {
    mock.refused.push(request.url ?? "");
    response.writeHead(status).end();
  }

  function answer(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const given = url.searchParams;
    const json = (value: unknown): void => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    const state = () =>
      stateReply(
        now(),
        { filter: given.get("filter") ?? "", sort: given.get("sort") ?? "id" },
        ended,
        mock.calm,
      );
    switch (url.pathname) {
      case "/api/state":
        json(state());
        return;
      case "/api/lanes": {
        const query = {
          from: Number(given.get("from")),
          to: Number(given.get("to")),
          width: Number(given.get("width")),
          goroutines: (given.get("goroutines") ?? "").split(",").filter(Boolean).map(Number),
        };
        response.writeHead(200, { "content-type": "application/octet-stream" }).end(lanesReply(query, now()));
        return;
      }
      case "/api/goroutine": {
        const found = detailOf(Number(given.get("id")), now());
        if (found === null) refuse(404, request, response);
        else json(found);
        return;
      }
      case "/api/end":
        if (ended === null) waiting.push(response);
        else json({ ...ended, state: state() });
        return;
      case "/api/dump":
        response.writeHead(200, { "content-type": "text/plain" }).end("goroutine 1 [running]:\n");
        return;
      default:
        refuse(404, request, response);
    }
  }

  const mock: Mock = {
    url: "",
    asked: [],
    refused: [],
    calm: false,
    end(how) {
      ended = how;
      const state = stateReply(now(), { filter: "", sort: "id" }, ended, false);
      for (const response of waiting.splice(0))
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ ...how, state }));
    },
    async die() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await mock.die();
    },
  };
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return Object.assign(mock, { url: `http://127.0.0.1:${port}/#token=${TOKEN}` });
}

function allowed(request: IncomingMessage): boolean {
  return request.headers.authorization === `Bearer ${TOKEN}`;
}
