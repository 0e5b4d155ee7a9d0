/**
 * The programs of examples/net: each by itself, and the servers as servers, with clients from outside. (That the lines of an `// Output:` foot come in order is seen by
 * scripts/docs.mjs.)
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { GORT, gort, ROOT } from "./cli-gort.ts";

const example = (name: string): string => `${ROOT}examples/net/${name}.ts`;

/** Starts a server, waits until it says where it listens, and stops it in the end. */
async function withServer(
  name: string,
  args: readonly string[],
  body: (port: number, child: ChildProcess) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, [GORT, "run", example(name), ...args], {
    env: { ...process.env, NODE_OPTIONS: undefined, GOMAXPROCS: undefined },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [text] = (await once(child.stdout, "data")) as [Buffer];
    const port = /^listening on .*"port":(\d+)/.exec(text.toString())?.[1];
    assert.ok(port !== undefined, `it says ${text}`);
    await body(Number(port), child);
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  }
}

/** A client that asks line by line. */
function lines(port: number): { socket: Socket; next(): Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  const all = createInterface({ input: socket })[Symbol.asyncIterator]();
  return { socket, next: async () => ((await all.next()).value as string | undefined) ?? "the end" };
}

/** What the `// Output:` foot of an example promises; undefined when it has none. */
function foot(name: string): string[] | undefined {
  const [, block] =
    /\/\/ (?:Output|Unordered output):\n((?:\/\/.*\n)+)$/.exec(readFileSync(example(name), "utf8")) ?? [];
  return block
    ?.replace(/^\/\/ ?/gm, "")
    .trimEnd()
    .split("\n")
    .sort();
}

const names = readdirSync(`${ROOT}examples/net`).map((file) => file.replace(/\.ts$/, ""));

describe("examples/net", () => {
  test("they are those of the course", () => {
    const course = readFileSync(`${ROOT}examples/README.md`, "utf8");
    const listed = [...course.matchAll(/^\| \[[\w-]+\.ts\]\(net\/([\w-]+)\.ts\)/gm)].map(([, name]) => name);
    assert.deepEqual(listed.sort(), names.sort());
    assert.deepEqual(
      names.filter((name) => foot(name) === undefined),
      ["models", "ticker-beside-http"],
    );
  });

  for (const name of names.filter((name) => foot(name) !== undefined)) {
    // The proxy sends itself a signal that Windows does not know.
    const skip = name === "proxy" && process.platform === "win32";
    test(`${name}.ts runs by itself, and prints what it promises`, { skip }, async () => {
      const { code, stdout, stderr } = await gort(["run", example(name)]);
      assert.deepEqual(stdout.trimEnd().split("\n").sort(), foot(name), stderr);
      assert.equal(code, 0);
      if (name === "proxy") assert.match(stderr, /^proxy: a connection has ended: i\/o timeout\n/);
      else assert.equal(stderr, "");
    });
  }

  for (const name of ["echo", "echo-callbacks", "echo-poll"]) {
    test(`${name}.ts serves: several lines at once, a line in pieces, much at once, a last line without an end`, () =>
      withServer(name, ["0"], async (port) => {
        const broken = connect(port, "127.0.0.1", () => broken.resetAndDestroy());
        broken.on("error", () => {});
        const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        const much = `${"much ".repeat(1000)}\n`.repeat(400);
        let heard = "";
        socket.setEncoding("utf8").on("data", (text: string) => {
          heard += text;
        });
        socket.write("two\nlines\nin pie");
        await once(socket, "data"); // so that what follows comes apart from it
        socket.write("ces\n");
        socket.end(`${much}no end`);
        await once(socket, "end");
        assert.equal(heard, `two\nlines\nin pieces\n${much}no end\n`.toUpperCase());
      }));

    test(`${name}.ts ends who sends a line without end, and goes on`, () =>
      withServer(name, ["0"], async (port) => {
        const endless = connect(port, "127.0.0.1");
        endless.on("error", () => {});
        endless.write("x".repeat(200_000));
        endless.resume();
        await new Promise((resolve) => endless.on("close", resolve));
        const { socket, next } = lines(port);
        socket.write("still there?\n");
        assert.equal(await next(), "STILL THERE?");
        socket.destroy();
      }));
  }

  for (const name of ["echo", "echo-callbacks", "echo-poll"]) {
    test(`${name}.ts takes lines that end in CR LF as those that end in LF`, () =>
      withServer(name, ["0"], async (port) => {
        const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        let heard = "";
        socket.setEncoding("utf8").on("data", (text: string) => {
          heard += text;
        });
        socket.end("a\r\nb\nc\r");
        await once(socket, "end");
        assert.equal(heard, "A\nB\nC\n");
      }));
  }

  for (const [name, ...args] of [
    ["echo", "x"],
    ["echo-callbacks", "70000"],
    ["echo-poll", ""],
    ["chat", "-1"],
    ["proxy", "x", "localhost", "1"],
    ["proxy", "1", "localhost"],
    ["models", "--fast"],
    ["models", "--quick", "more"],
  ] as const) {
    test(`${name}.ts ${args.join(" ")}: a line that says how to use it`, async () => {
      const { code, stderr } = await gort(["run", example(name), ...args]);
      assert.match(stderr, new RegExp(`^usage: ${name}\\.ts .*\n$`));
      assert.equal(code, 64);
    });
  }

  test("chat.ts does not drop who reads, however many lines come at once", () =>
    withServer("chat", ["0"], async (port) => {
      const ada = lines(port);
      ada.socket.write("ada\n");
      await once(ada.socket, "data");
      const bob = lines(port);
      await once(bob.socket, "data");
      const said = Array.from({ length: 1000 }, (_, i) => `line ${i}`);
      bob.socket.write(`bob\n${said.map((line) => `${line}\n`).join("")}`);
      assert.equal(await ada.next(), "your name? * bob has joined");
      for (const line of said) assert.equal(await ada.next(), `bob: ${line}`);
      bob.socket.destroy();
      ada.socket.destroy();
    }));

  test("chat.ts serves", () =>
    withServer("chat", ["0"], async (port) => {
      const ada = lines(port);
      ada.socket.write("ada\n");
      await once(ada.socket, "data"); // the question
      const bob = lines(port);
      await once(bob.socket, "data");
      bob.socket.write("bob\n");
      assert.equal(await ada.next(), "your name? * bob has joined");
      ada.socket.write("hello\n");
      assert.equal(await bob.next(), "your name? ada: hello");
      bob.socket.end();
      assert.equal(await ada.next(), "* bob has left");
      ada.socket.destroy();
    }));

  test("ticker-beside-http.ts ticks until the answer is there, and says how often", async () => {
    const { code, stdout, stderr } = await gort(["run", example("ticker-beside-http")]);
    assert.deepEqual([code, stderr], [0, ""]);
    const ticks = Number(/^HTTP 200, 7 characters, after (\d+) ticks\n$/m.exec(stdout)?.[1]);
    const said = Array.from({ length: ticks }, (_, i) => `tick ${i + 1}\n`).join("");
    assert.equal(stdout, `${said}HTTP 200, 7 characters, after ${ticks} ticks\n`);
  });

  test("models.ts --quick prints a row for each model", async () => {
    const { code, stdout, stderr } = await gort(["run", example("models"), "--quick"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const row = (model: string, count: number, threads: number): string =>
      `${model} +${count} +${threads} +\\d+ MB +\\d+\\.\\d\\d s +\\d+\\.\\d\\d s\n`;
    const expected = [
      "model +responses +threads +memory +wall +CPU\n",
      row("goroutines", 0, 1),
      row("thread per job", 10, 11),
      row("thread pool", 10, 9),
      row("busy poll", 10, 1),
      row("callbacks", 10, 1),
      row("goroutines", 10, 1),
    ];
    assert.match(stdout, new RegExp(`^${expected.join("")}$`));
  });

  test("download.ts reports what cannot be had, goes on, and exits with 1", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n"));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as { port: number };
    const { code, stdout, stderr } = await gort([
      "run",
      example("download"),
      `http://127.0.0.1:${port}/none`,
      "data:text/plain,hello",
      "no address",
      "http://127.0.0.1:1/nobody",
    ]);
    server.close();
    assert.deepEqual([code, stderr], [1, ""]);
    const [first, second, third = "", fourth = ""] = stdout.split("\n");
    assert.deepEqual(
      [first, second],
      ["/none  HTTP 404", "text/plain,hello          5 bytes  2cf24dba5fb0a30e"],
    );
    assert.match(third, /^no address {2}.*URL/);
    assert.match(fourth, /^\/nobody {2}fetch failed: .+/);
  });
});
