/**
 * The load generator where there is no Go: the same work as ../go/load.go, and the same line of JSON. `load.mjs ORDER`
 *
 * It costs about as much as the server that it loads, so that figures made with it stand for both.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";

const order = JSON.parse(process.argv[2]);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/** One connection; its messages are all different, so that an echo shows that it is the right one. */
class Peer {
  constructor(socket, id) {
    this.socket = socket;
    this.message = Buffer.alloc(order.size);
    this.got = Buffer.alloc(order.size);
    this.message.writeUInt32LE(id);
    this.count = 0;
    this.filled = 0;
    this.told = () => {};
    socket.on("data", (data) => this.data(data));
    for (const ending of ["error", "end"]) {
      socket.on(ending, (error) => this.told(error ?? new Error("the server has closed the connection")));
    }
  }

  send(told) {
    this.told = told;
    this.filled = 0;
    this.message.writeUInt32LE(++this.count, 4);
    this.socket.write(this.message);
  }

  data(data) {
    data.copy(this.got, this.filled);
    this.filled += data.length;
    if (this.filled < order.size) return;
    const isRight = this.filled === order.size && this.got.equals(this.message);
    this.told(isRight ? undefined : new Error(`wrong echo: ${this.got.toString("hex")}`));
  }

  exchange() {
    return new Promise((resolve, reject) => this.send((error) => (error ? reject(error) : resolve())));
  }
}

const connectAll = async () => {
  const peers = [];
  for (let id = 0; id < order.connections; id++) {
    const peer = await new Promise((resolve, reject) => {
      const socket = connect({ port: order.port, host: "127.0.0.1", noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new Peer(socket, id)));
    });
    peers.push(peer);
    await peer.exchange();
  }
  return peers;
};

/** The seconds of processor time that a process has used; 0 where the system does not tell so. */
const spent = (pid) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
};

const pingPongs = async () => {
  const peers = await connectAll();
  const took = [];
  let isTiming = false;
  let isOver = false;
  let over = () => {};
  const rounds = peers.map(
    (peer) =>
      new Promise((resolve, reject) => {
        const next = () => {
          if (isOver) return resolve();
          const counts = isTiming;
          const start = performance.now();
          return peer.send((error) => {
            if (error) return reject(error);
            if (counts && took.push(performance.now() - start) === order.most) over();
            return next();
          });
        };
        next();
      }),
  );
  const failed = Promise.all(rounds);
  const wait = (ms) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), failed]);
  await wait(order.warmMs);
  const before = spent(order.pid);
  const start = performance.now();
  isTiming = true;
  await Promise.race([wait(order.ms), new Promise((resolve) => (over = resolve))]);
  isOver = true;
  const seconds = (performance.now() - start) / 1000;
  const cpu = spent(order.pid) - before;
  await failed;
  if (took.length === 0) throw new Error("no message came back in time");
  took.sort((a, b) => a - b);
  const at = (q) => took[Math.floor(took.length * q)] * 1000;
  const values = { rate: took.length / seconds, p50: at(0.5), p99: at(0.99) };
  return cpu > 0 ? { ...values, cpu: (cpu / took.length) * 1e6 } : values;
};

const idle = async () => {
  const peers = await connectAll();
  say({ connected: peers.length });
  await new Promise((resolve) => process.stdin.once("data", resolve));
  for (const peer of peers) {
    await peer.exchange();
    peer.socket.destroy();
  }
  return {};
};

try {
  say({ values: await (order.kind === "idle" ? idle() : pingPongs()) });
  process.exit(0);
} catch (error) {
  say({ failed: error.message });
  process.exit(1);
}
