/**
 * The echo server of echo.ts with what Node has: callbacks.
 *
 * Nobody parks: `data` comes when it comes, in the middle of a line as well, so what is left of the last line is kept in a variable; and when the kernel has no room for the
 * answer, reading must be paused by hand until `drain`. Forget that, and a client that does not read fills the memory. Each thing that can happen to a connection is a
 * function of its own.
 *
 *   gort run examples/net/echo-callbacks.ts [PORT]      without a port it talks to itself, and ends
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Goroutine, wait } from "gort";

const LONGEST_LINE = 65_536;

function shout(socket: Socket): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    let hasRoom = true;
    for (const line of lines) hasRoom = socket.write(`${line.replace(/\r$/, "").toUpperCase()}\n`);
    if (!hasRoom) socket.pause();
    if (rest.length > LONGEST_LINE) socket.destroy();
  });
  socket.on("end", () => socket.end(rest === "" ? "" : `${rest.replace(/\r$/, "").toUpperCase()}\n`));
  socket.on("drain", () => socket.resume());
  socket.on("error", () => socket.destroy());
}

function client(port: number, lines: readonly string[], done: (answers: string[]) => void): void {
  const answers: string[] = [];
  const socket = connect(port, "127.0.0.1");
  let next = 0;
  const ask = (): void => {
    if (next < lines.length) socket.write(`${lines[next++]}\n`);
    else socket.end();
  };
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("connect", ask);
  socket.on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    answers.push(...parts);
    for (const _ of parts) ask();
  });
  socket.on("close", () => done(answers));
}

function demonstrate(server: Server, done: () => void): void {
  const { port } = server.address() as AddressInfo;
  const all: string[][] = [];
  let left = 2;
  const finish = (index: number) => (answers: string[]) => {
    all[index] = answers;
    if (--left > 0) return;
    for (const answer of all.flat()) console.log(answer);
    server.close(done);
  };
  client(port, ["hello", "callback"], finish(0));
  client(port, ["is anybody there?", "two at once"], finish(1));
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 65_535;
}

export function* main(): Goroutine {
  const [, , port] = process.argv;
  if (port !== undefined && !isPort(port)) {
    console.error("usage: echo-callbacks.ts [PORT]");
    process.exitCode = 64;
    return;
  }
  // The only goroutine: it waits until the callbacks are through.
  yield* wait(
    new Promise<void>((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true }, shout);
      server.on("error", reject);
      server.listen(Number(port ?? 0), "127.0.0.1", () => {
        if (port === undefined) demonstrate(server, resolve);
        else console.log(`listening on ${JSON.stringify(server.address())}`);
      });
    }),
  );
}

// Output:
// HELLO
// CALLBACK
// IS ANYBODY THERE?
// TWO AT ONCE
