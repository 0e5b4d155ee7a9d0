/**
 * The same servers on Node's own modules, in callbacks.
 */
import * as nodeHttp from "node:http";
import { createServer } from "node:net";

const host = "127.0.0.1";

const echo = (prepare) => async (listening) => {
  const server = createServer((socket) => {
    prepare?.(socket);
    socket.on("data", (data) => socket.write(data));
    socket.on("error", () => {}); // The other side is gone.
  });
  server.listen(0, host, () => listening(server.address().port));
};

const http = async (listening) => {
  const server = nodeHttp.createServer((_req, res) => {
    res.setHeader("Content-Type", "text/plain");
    res.end("hello, world\n");
  });
  server.listen(0, host, () => listening(server.address().port));
};

export const servers = {
  "node:net": { echo: echo(), idle: echo() },
  "node:net-tuned": { echo: echo((socket) => socket.setNoDelay(true)) },
  "node:http": { http },
};

export const titles = {
  "node:net": "node:net",
  "node:net-tuned": "node:net, no delay",
  "node:http": "node:http",
};
