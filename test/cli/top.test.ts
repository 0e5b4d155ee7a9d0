/**
 * `gort top` as scripts use it: text and JSON, what it asks, how it ends, and what it says when there is nothing to show.
 */
import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { StateReply } from "#src/web/protocol.ts";
import { before, type Fake, fake, listening, state, TOKEN } from "./top-fake.ts";
import { type Place, place } from "./top-run.ts";

let here: Place;
let served: { close(): unknown } | undefined;
beforeEach(() => {
  here = place();
  served = undefined;
});
afterEach(async () => {
  here.remove();
  await served?.close();
});

async function serve(...args: Parameters<typeof fake>): Promise<Fake> {
  const one = await fake(...args);
  served = one;
  return one;
}

/** The server has answered in its own way. */
function answered(_response: ServerResponse): true {
  return true;
}

async function refused(args: readonly string[], says: RegExp, code = 1): Promise<void> {
  const ended = await here.top(args);
  assert.match(ended.stderr, says);
  assert.match(ended.stderr, /^gort top: [^\n]*\n$/, "one line");
  assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code, stdout: "" });
}

describe("gort top --plain", () => {
  it("--once has one block, with rates from two looks", async () => {
    const { url } = await serve([before(), state()]);
    const { code, stdout, stderr } = await here.top([url, "--plain", "--once"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^gort top {2}server\.ts {2}pid 4242/);
    assert.match(stdout, /created 48\.1k\/s/);
    assert.match(stdout, /\n\n$/);
    assert.equal(stdout.match(/^gort top/gm)?.length, 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(stdout, /\x1b/);
  });

  it("is what there is when the output is no terminal, a block a look", async () => {
    const one = await serve([before(), state(), state({ now: 4000, program: "later.ts" })], {
      onAsk: (looks) => {
        if (looks === 3) void one.end({ kind: "exit", code: 0, message: "", dump: "" });
      },
    });
    const { code, stdout, stderr } = await here.top([one.url, "--interval", "250"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.ok((stdout.match(/^gort top {2}/gm) ?? []).length >= 3, stdout);
    assert.match(stdout, /ENDED \(exit\)/);
    assert.match(stdout, /\ngort top: program 4242 has ended: exit code 0\n$/);
  });
});

describe("gort top --json", () => {
  it("has a line for each look, as it was answered", async () => {
    const states = [before(), state()];
    const one = await serve(states, {
      onAsk: (looks) => {
        if (looks === 2)
          void one.end({
            kind: "deadlock",
            code: 2,
            message: "all goroutines are asleep - deadlock!",
            dump: "",
          });
      },
    });
    const { code, stdout, stderr } = await here.top([one.url, "--json", "--interval=250"]);
    assert.equal(
      stderr,
      "gort top: program 4242 has ended with a deadlock: all goroutines are asleep - deadlock!\n",
    );
    assert.equal(code, 0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as StateReply);
    assert.deepEqual(lines[0], states[0]);
    assert.equal(lines.at(-1)?.ended?.kind, "deadlock");
  });
});

describe("how a program ends", () => {
  const ends: [
    kind: "exit" | "panic" | "deadlock" | "lost",
    code: number | null,
    message: string,
    says: RegExp,
  ][] = [
    ["exit", 3, "", /has ended: exit code 3\n$/],
    ["exit", null, "", /program 4242 has ended\n$/],
    ["panic", 2, "boom\x1b[2J\nagain", /has ended with a panic: boom\\x1b\[2J\\nagain\n$/],
    ["lost", null, "", /is gone: it answers no more/],
  ];
  for (const [kind, exit, message, says] of ends) {
    it(`${kind} ${exit ?? ""}`, async () => {
      const { url } = await serve([state({ ended: { kind, code: exit, message, dump: "" } })]);
      const { code, stdout } = await here.top([url, "--plain"]);
      assert.equal(code, 0);
      assert.match(stdout, /server\.ts/);
      assert.match(stdout, says);
    });
  }

  it("without a word: nobody answers any more, the last state stays", async () => {
    const one = await serve([before(), state()], {
      onAsk: (looks) => {
        if (looks === 2) setImmediate(() => void one.close());
      },
    });
    const { code, stdout, stderr } = await here.top([one.url, "--plain", "--interval", "250"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(
      stdout,
      /CHAN[^]*gort top: program 4242 is gone: it answers no more, and has not said why\n$/,
    );
  });
});

describe("what it says when there is nothing to show", () => {
  it("a port that nobody listens on", async () => {
    const one = await fake([state()]);
    await one.close();
    await refused([one.url], /nobody listens at http:\/\/127\.0\.0\.1:\d+: the program has ended/);
  });

  it("a wrong token", async () => {
    const { port } = await serve([state()]);
    await refused([`http://127.0.0.1:${port}/#token=wrong`], /refuses the token/);
  });

  it("a server that refuses the host", async () => {
    const { url } = await serve([state()], { instead: (_q, r) => answered(r.writeHead(403).end()) });
    await refused([url], /refuses \(403\)/);
  });

  const foreign: [what: string, status: number, text: string][] = [
    ["a page", 200, "<!doctype html>"],
    ["JSON of another kind", 200, '{"format":2}'],
    ["no object", 200, "null"],
    ["half of it", 200, JSON.stringify(state()).slice(0, 99)],
    ["state without its tables", 200, JSON.stringify({ ...state(), procs: null })],
    ["another server's 404", 404, "not found"],
    ["a server that fails", 500, "oops"],
  ];
  for (const [what, status, text] of foreign) {
    it(`a foreign server: ${what}`, async () => {
      const { url } = await serve([state()], { instead: (_q, r) => answered(r.writeHead(status).end(text)) });
      await refused([url], /is not a gort program/);
    });
  }

  it("a server that hangs up, or speaks no HTTP", async () => {
    const url = async (server: Server): Promise<string> => {
      served = server;
      return `http://127.0.0.1:${await listening(server)}/#token=${TOKEN}`;
    };
    await refused([await url(createServer((request) => request.socket.destroy()))], /has hung up/);
    served?.close();
    const rude = createServer();
    rude.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.end("220 smtp.example ESMTP\r\n");
    });
    await refused([await url(rude)], /is not a gort program|has hung up/);
  });
});

describe("bad usage of gort top is one line and exit code 64", () => {
  const bad: [args: string[], says: RegExp][] = [
    [["--walk"], /unknown option "--walk" \(usage: gort top/],
    [["1", "2"], /one PID or URL, got "2" too/],
    [["x"], /"x" is neither PID nor URL/],
    [["0"], /"0" is neither/],
    [["-1"], /unknown option "-1"/],
    [["https://127.0.0.1/#token=x"], /is neither PID nor URL/],
    [["http://127.0.0.1:80/"], /has no #token=/],
    [["http://127.0.0.1:80/#token="], /has no #token=/],
    [["--interval"], /--interval is an integer of at least 250 \(milliseconds\), got nothing/],
    [["--interval", "249"], /got "249"/],
    [["--interval=1e3"], /got "1e3"/],
    [["--plain", "--json"], /exclude each other/],
  ];
  for (const [args, says] of bad) it(args.join(" "), () => refused(args, says, 64));
});
